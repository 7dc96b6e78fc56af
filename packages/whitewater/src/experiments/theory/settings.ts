// What one run of the theory experiment is told, what it gives back, and the grid of runs.
import { z } from 'zod'
import type { Cell, Request } from '../runner/experiment.ts'
import { seedsOf } from '../shared/observe.ts'

const conditionNumbers = [1e1, 1e2, 1e3, 1e4]
/** Times along the path at which spectra and contraction are drawn: dense towards the data, where eigenvalues part. */
export const pathTimes = Array.from({ length: 61 }, (_, i) => 1 - (1 - i / 60) ** 2)
export const kinds = ['none', 'whitening'] as const

const settingsOf = ({ quick }: Request) => ({
  dimension: 4,
  /** Times at which curves and counts are measured. */
  times: [0.5, 0.8, 0.9, 0.97, 1],
  /** Measured curve's steps. */
  steps: 500,
  epsilon: 1e-2,
  stochastic: { t: 0.9, runs: quick ? 256 : 1024, batch: 16, steps: 200, share: 0.2 },
})

export type TheorySettings = ReturnType<typeof settingsOf> & {
  readonly conditionNumber: number
  readonly kind: (typeof kinds)[number]
}

const perMode = z.array(z.number())

export const resultSchema = z.object({
  descents: z.array(
    z.object({
      t: z.number(),
      /** Measured steps until every mode's error is below epsilon of its initial one, at the best step size. */
      steps: z.number().nullable(),
      /** Largest deviation from the predicted curves, of a mode's initial error, at the best step size and at half of it. */
      deviation: z.number(),
      /** Largest relative deviation of the loss from Lemma 3.2 on the way. */
      lossDeviation: z.number(),
      /** |E_k q_j| / |E_0 q_j| at half the best step size. */
      curve: z.array(z.object({ step: z.number(), errors: perMode })),
    }),
  ),
  /** |E_1 q_j| / |E_0 q_j| at the best step size, along the path. */
  contraction: z.array(z.object({ t: z.number(), factors: perMode })),
  /** Mean share of the initial error that SGD leaves, and its standard error. */
  stochastic: z.array(z.object({ step: z.number(), mean: perMode, error: perMode })),
})

export type TheoryResult = z.infer<typeof resultSchema>

export const grid = (request: Request): Cell<TheorySettings>[] =>
  conditionNumbers.flatMap((conditionNumber) =>
    kinds.flatMap((kind) =>
      seedsOf(request.seeds, 1).map((seed) => ({
        name: `kappa-${conditionNumber}_${kind}_seed-${seed}`,
        seed,
        settings: { ...settingsOf(request), conditionNumber, kind },
      })),
    ),
  )
