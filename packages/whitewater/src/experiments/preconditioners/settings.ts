// What one run of the comparison of preconditioners is told, what it gives back, and the grid of runs.
import { z } from 'zod'
import type { Source } from '../../data/source.ts'
import { preconditionerKinds } from '../../precondition/registry.ts'
import type { Cell, Request } from '../runner/experiment.ts'
import { seedsOf, TOLERANCE } from '../shared/observe.ts'

const toys: readonly Source[] = [
  { source: 'gaussian', dimension: 8, conditionNumber: 1e4 },
  { source: 'mixture', components: 5, conditionNumber: 100 },
  { source: 'swiss-roll' },
  { source: 'two-moons' },
  { source: 'checkerboard' },
  { source: 'glyphs', resolution: 8 },
]

/** Those of the registry, and whitening in front of the trained ones. */
const kinds = [...preconditionerKinds, 'zca+real-nvp', 'zca+flow']

const settingsOf = ({ quick, data }: Request) => ({
  samples: quick ? 4000 : 10_000,
  steps: quick ? 1000 : 4000,
  batch: 256,
  low: { width: 128, depth: 3 },
  high: { width: 256, depth: 2 },
  tolerance: data ? 1e-4 : TOLERANCE,
  /** Samples of each side of a distance. */
  measured: 2000,
})

export type PreconditionersSettings = ReturnType<typeof settingsOf> & {
  readonly kind: string
  readonly source: Source
}

const measuredSchema = z.object({
  fitSeconds: z.number(),
  roundTrip: z.number(),
  /** kappa of the covariance of P(held-out data): the largest along the path, which it has at t = 1. */
  kappa: z.number(),
  /** Sliced W2 of P(held-out data) to the noise. */
  evenness: z.number(),
  /** Sliced W2 and MMD^2 of generated to held-out data, in the data's units. */
  slicedWasserstein: z.number(),
  mmd: z.number(),
  evaluations: z.number(),
  inverseEvaluations: z.number(),
})

export const resultSchema = z.union([measuredSchema, z.object({ skipped: z.string() })])

export type Measures = z.infer<typeof measuredSchema>
export type PreconditionersResult = z.infer<typeof resultSchema>

const nameOf = ({ source }: Source): string => source.replace(/.*\//, '')

export const grid = (request: Request): Cell<PreconditionersSettings>[] =>
  (request.data ? [request.data] : toys).flatMap((source) =>
    kinds.flatMap((kind) =>
      seedsOf(request.seeds, request.quick || request.data ? 1 : 3).map((seed) => {
        const settings = settingsOf(request)
        const drawn = { ...source, samples: settings.samples + settings.measured, seed }
        return {
          name: `${nameOf(source)}_${kind}_seed-${seed}`,
          seed,
          settings: { ...settings, kind, source: request.data ?? drawn },
        }
      }),
    ),
  )
