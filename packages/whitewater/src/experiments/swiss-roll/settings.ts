// What one run of the Swiss roll experiment is told, what it gives back, and the grid of runs.
import { z } from 'zod'
import type { Settings } from '../../precondition/preconditioner.ts'
import type { Cell, Request } from '../runner/experiment.ts'
import { seedsOf, TOLERANCE } from '../shared/observe.ts'

interface Row {
  readonly kind: string
  readonly options?: Settings
}

/**
 * Table 3's three rows, the flow with 168 parameters, and the linear maps between them: `standardise` beside `zca` tells what is
 * due to scale alone.
 */
const rows: Readonly<Record<string, Row>> = {
  none: { kind: 'none' },
  standardise: { kind: 'standardise' },
  zca: { kind: 'zca' },
  'real-nvp': { kind: 'real-nvp' },
  'flow, 168 parameters': { kind: 'flow', options: { network: 'tiny' } },
}

const settingsOf = ({ quick }: Request) => ({
  samples: 10_000,
  width: 128,
  depth: 3,
  batch: 256,
  /** A budget at which the roll is not yet learned, and one at which it nearly is. */
  budgets: quick ? [4000] : [4000, 30_000],
  tolerance: TOLERANCE,
  /** Samples of each side of a distance. */
  measured: 5000,
})

export type RollSettings = Omit<ReturnType<typeof settingsOf>, 'budgets'> &
  Row & {
    /** What the row is called. */
    readonly row: string
    readonly steps: number
  }

const lookSchema = z.object({
  step: z.number(),
  /** Sliced W2 of generated to held-out data, and of encoded held-out data to noise. */
  forwards: z.number(),
  backwards: z.number(),
})

export const resultSchema = z.object({
  looks: z.array(lookSchema),
  mmd: z.number(),
  kappa: z.number(),
  /** Sliced W2 of P(held-out data) to noise: how much of the way P goes by itself. */
  evenness: z.number(),
  /** Evaluations of field and P^-1 for one sample. */
  evaluations: z.array(z.number()),
  /** Sliced W2 between two independent sets of data, and of noise. */
  floor: z.object({ forwards: z.number(), backwards: z.number() }),
  pictures: z
    .object({
      data: z.array(z.number()),
      preconditioned: z.array(z.number()),
      encoded: z.array(z.number()),
      samples: z.array(z.number()),
    })
    .optional(),
})

export type RollResult = z.infer<typeof resultSchema>

export function grid(request: Request): Cell<RollSettings>[] {
  const { budgets, ...settings } = settingsOf(request)
  const seeds = seedsOf(request.seeds, request.quick ? 2 : 5)
  return budgets.flatMap((steps) =>
    Object.entries(rows).flatMap(([row, own]) =>
      seeds.map((seed) => ({
        name: `${own.kind}_${steps}-steps_seed-${seed}`,
        seed,
        settings: { ...settings, ...own, row, steps },
      })),
    ),
  )
}
