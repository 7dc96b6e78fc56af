// What one run of the study of residuals is told, what it gives back, and the grid of runs.
import { z } from 'zod'
import type { Source } from '../../data/source.ts'
import type { Settings } from '../../precondition/preconditioner.ts'
import type { Cell, Request } from '../runner/experiment.ts'
import { seedsOf } from '../shared/observe.ts'
import { problems } from './problems.ts'

const statics = ['none', 'standardise', 'zca'] as const

export interface Variant {
  readonly name: string
  readonly kind?: string
  readonly options?: Settings
}

/** What is known of the velocity. */
export const variants = [
  { name: 'none' },
  { name: 'gaussian', kind: 'gaussian', options: {} },
  { name: 'gaussian, normalised loss', kind: 'gaussian', options: { loss: 'normalised' } },
  { name: 'mixture', kind: 'mixture', options: {} },
  { name: 'class means', kind: 'gaussian', options: { covariance: 'class-means' } },
  {
    name: 'class means, normalised loss',
    kind: 'gaussian',
    options: { covariance: 'class-means', loss: 'normalised' },
  },
  { name: 'class', kind: 'gaussian', options: { covariance: 'class' } },
  { name: 'class, symmetric', kind: 'gaussian', options: { covariance: 'class', basis: 'symmetric' } },
] as const satisfies readonly Variant[]

const settingsOf = ({ quick }: Request) => ({
  samples: 10_000,
  batch: 256,
  /** Steps at which samples are measured; the last is the end. */
  low: { width: 128, depth: 3, budgets: quick ? [0, 100, 400] : [0, 250, 1000, 4000] },
  high: { width: 384, depth: 4, budgets: quick ? [0, 250, 1000] : [0, 500, 2000, 8000] },
  /** Samples of each side of a distance. */
  measured: 2000,
  tolerance: 1e-4,
})

export type ResidualSettings = ReturnType<typeof settingsOf> & {
  readonly problem: string
  readonly source?: Source
  readonly precondition: (typeof statics)[number]
  readonly residual: string
}

const scoresSchema = z.object({
  slicedWasserstein: z.number(),
  /** Sliced W2 after whitening by the held-out covariance, where every direction counts the same; points only. */
  whitened: z.number().optional(),
  /** Between Gaussians fitted to both sides, in the data's units (pixel space for images). */
  frechet: z.number(),
})

const measuredSchema = z.object({
  dimension: z.number(),
  looks: z.array(scoresSchema.extend({ step: z.number(), evaluations: z.number() })),
  mmd: z.number(),
  lowEigenvalueError: z.number(),
  /** Between two held-out sets. */
  floor: scoresSchema,
})

export const resultSchema = z.union([measuredSchema, z.object({ skipped: z.string() })])

export type Scores = z.infer<typeof scoresSchema>
export type ResidualMeasures = z.infer<typeof measuredSchema>
export type ResidualResult = z.infer<typeof resultSchema>

export const grid = (request: Request): Cell<ResidualSettings>[] =>
  (request.data ? [request.data.source.replace(/.*[\\/]/, '')] : problems).flatMap((problem) =>
    statics.flatMap((precondition) =>
      variants
        .filter(
          ({ name }) => request.data !== undefined || problem === 'mixture' || !name.startsWith('class'),
        )
        .flatMap(({ name: residual }) =>
          seedsOf(request.seeds, request.quick ? 2 : 3).map((seed) => ({
            name: `${problem}_${precondition}_${residual.replaceAll(/[, ]+/g, '-')}_seed-${seed}`,
            seed,
            settings: {
              ...settingsOf(request),
              problem,
              precondition,
              residual,
              ...(request.data && { source: request.data }),
            },
          })),
        ),
    ),
  )
