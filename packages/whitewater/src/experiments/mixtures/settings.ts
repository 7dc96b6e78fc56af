// What one run of the mixtures experiment is told, what it gives back, and the grid of runs.
import { z } from 'zod'
import type { Cell, Measured, Request } from '../runner/experiment.ts'
import { discrepancySchema } from './measures.ts'
import { seedsOf, TOLERANCE } from '../shared/observe.ts'

const settingsOf = ({ quick }: Request) => ({
  /** Samples a component: trained on, measured at the end and on the way. */
  training: 4000,
  measured: 2000,
  watched: 250,
  /** Samples a side that MMD is taken over, at the end and on the way, and sliced W2. */
  pairs: quick ? 1600 : 2400,
  pairsWatched: quick ? 800 : 1200,
  projected: 4000,
  width: 64,
  depth: 3,
  batch: 256,
  steps: quick ? 2000 : 20_000,
  tolerance: TOLERANCE,
})

export const kinds = ['none', 'zca', 'class-zca'] as const
const componentCounts = [2, 3, 5, 8]
const conditionNumbers = [1e1, 1e2, 1e3, 1e4]
/** One hard component among easy ones (Theorem 3.9). */
const unequal = [1, 1e1, 1e2, 1e3]

/** 'data' is no preconditioner but fresh data in place of generated samples: what a perfect generator scores. */
export type Competitor = (typeof kinds)[number] | 'data'

export type MixtureSettings = ReturnType<typeof settingsOf> & {
  /** kappa(Sigma_k) of each component. */
  readonly conditionNumbers: readonly number[]
  readonly kind: Competitor
}

const drawSchema = discrepancySchema.extend({
  slicedWasserstein: z.number(),
  /** Scores of fresh data with as few samples as are looked at on the way. */
  watched: discrepancySchema.optional(),
})

const trainedSchema = z.object({
  looks: z.array(discrepancySchema.extend({ step: z.number() })),
  /** Mean loss of the last steps, per feature. */
  loss: z.number(),
  /** Field evaluations of a sample. */
  evaluations: z.number(),
  /** Eigenvalues of Cov(P(x)) + delta I: of each component, and of all samples together. */
  spectra: z.array(z.array(z.number())),
  spectrum: z.array(z.number()),
  /** First seed's samples [n, 2] component by component, and mean and covariance of each component. */
  picture: z
    .object({
      samples: z.array(z.number()),
      means: z.array(z.array(z.number())),
      covariances: z.array(z.array(z.number())),
    })
    .optional(),
})

export const resultSchema = z.object({
  /** One set of samples of a trained generator; several of fresh data. */
  draws: z.array(drawSchema),
  trained: trainedSchema.optional(),
})

export type MixtureResult = z.infer<typeof resultSchema>
export type Trained = z.infer<typeof trainedSchema>
export type Draw = z.infer<typeof drawSchema>
export type Run = Measured<MixtureSettings, MixtureResult>

const nameOf = (kappas: readonly number[]): string =>
  `components-${kappas.length}_kappa-${[...new Set(kappas)].join('-')}`

export function grid(request: Request): Cell<MixtureSettings>[] {
  const equal = componentCounts.flatMap((count) =>
    conditionNumbers.map((kappa) => Array<number>(count).fill(kappa)),
  )
  return [...equal, unequal].flatMap((kappas) =>
    seedsOf(request.seeds, request.quick ? 1 : 3).flatMap((seed) =>
      (['data', ...kinds] as const).map((kind) => ({
        name: `${nameOf(kappas)}_${kind}_seed-${seed}`,
        seed,
        settings: { ...settingsOf(request), conditionNumbers: kappas, kind },
      })),
    ),
  )
}
