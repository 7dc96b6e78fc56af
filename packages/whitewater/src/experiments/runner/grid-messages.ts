// What the runner and its processes say to each other.
import { z } from 'zod'
import { sourceSchema } from '../../data/source.ts'

const askedSchema = z.object({
  quick: z.boolean(),
  seeds: z.int().optional(),
  data: sourceSchema.optional(),
  /** The experiment checks its own. */
  options: z.record(z.string(), z.unknown()).optional(),
})

/** To a process: measure this run of this experiment, or, without a name, make what its runs share. */
export const orderSchema = z.object({
  experiment: z.string(),
  request: askedSchema,
  name: z.string().optional(),
  folder: z.string().optional(),
  threads: z.int().optional(),
})
export type Order = z.infer<typeof orderSchema>

/** From a process. */
export const replySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('progress'),
    done: z.number(),
    total: z.number(),
    what: z.string().optional(),
  }),
  z.object({ kind: z.literal('result'), result: z.unknown() }),
  z.object({ kind: z.literal('error'), usage: z.boolean(), message: z.string() }),
])
export type Reply = z.infer<typeof replySchema>
