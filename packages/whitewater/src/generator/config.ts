// A run's configuration: every choice that a run makes, validated, with its default and meaning in one place.
import { z } from 'zod'
import { usageError } from '../errors.ts'

const count = (meaning: string) => z.int().min(1).describe(meaning)
const share = (meaning: string) => z.number().min(0).max(1).describe(meaning)

const fieldSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mlp'),
    width: count('units of a hidden layer').default(256),
    depth: count('hidden layers').default(3),
  }),
  z.strictObject({
    kind: z.literal('residual-mlp'),
    width: count('units of the residual stream').default(512),
    depth: count('residual blocks').default(4),
  }),
  z.strictObject({
    kind: z.literal('cnn'),
    width: count('hidden channels').default(256),
    image: z
      .tuple([count('channels'), count('height'), count('width')])
      .optional()
      .describe('[channels, height, width] to see flat samples as'),
  }),
])

const preconditionSchema = z
  .object({ kind: z.string().describe('none, standardise or zca') })
  .catchall(z.union([z.number(), z.string(), z.boolean()]))
  .describe('the map P that the data goes through before the flow is trained')

const timeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uniform') }),
  z.strictObject({
    kind: z.literal('logit-normal'),
    mean: z.number().default(0),
    std: z.number().positive().default(1),
  }),
])

/** What training needs beside the data; every entry has a default. */
export const settingsSchema = z.strictObject({
  precondition: preconditionSchema.default({ kind: 'zca' }),
  field: fieldSchema.optional().describe('the velocity network; chosen by the size of a sample unless given'),
  steps: count('training steps').default(10_000),
  batch: count('samples a step').default(256),
  learningRate: z.number().positive().default(1e-3).describe('of Adam, after warm-up'),
  schedule: z.enum(['constant', 'cosine']).default('cosine').describe('of the learning rate'),
  warmup: z.int().min(0).default(100).describe('steps of linear warm-up'),
  optimizer: z.enum(['adam', 'adamw']).default('adam'),
  weightDecay: z.number().min(0).default(0.01).describe('of AdamW'),
  clip: z.number().positive().default(1).describe('largest global norm of the gradient'),
  averageDecay: share('largest decay of the moving average of the weights').default(0.999),
  labelDrop: share('share of labels dropped for classifier-free guidance').default(0.1),
  time: timeSchema.default({ kind: 'uniform' }).describe('how path times are drawn'),
  checkpointEvery: count('steps between checkpoints').default(1000),
  seed: z.int().min(0).default(0),
})

export type Settings = z.infer<typeof settingsSchema>
/** The same, with everything optional. */
export type SettingsInput = z.input<typeof settingsSchema>
export type FieldSettings = z.infer<typeof fieldSchema>

/** Networks by name. */
export const fieldKinds = fieldSchema.options.map(({ shape }) => shape.kind.value)

/** A run's `config.yaml`: settings, and where the data came from. */
export const configSchema = settingsSchema.extend({
  data: z
    .looseObject({ source: z.string().describe('a file, a folder or a name') })
    .describe('the dataset, with the options of its source'),
})

export type RunConfig = z.infer<typeof configSchema>

/** Checks a value against a schema. @throws WhitewaterError naming the first entry that does not fit */
export function checkedConfig<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue.path.map(String).join('.')
  throw usageError(
    `${where}: ${path ? `${path}: ` : ''}${issue.message}; see \`whitewater init\` for every entry`,
  )
}
