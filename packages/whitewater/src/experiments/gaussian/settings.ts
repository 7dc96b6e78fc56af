// What one run of the Gaussian experiment is told, what it gives back, and the grid of runs.
import { z } from 'zod'
import type { Cell, Request } from '../runner/experiment.ts'
import { seedsOf, TOLERANCE } from '../shared/observe.ts'

const settingsOf = ({ quick }: Request) => ({
  samples: 10_000,
  dimension: 2,
  width: 128,
  depth: 3,
  batch: 256,
  steps: quick ? 3000 : 20_000,
  /** Size of the generated and the held-out set compared. */
  measured: 2000,
  /** Noise vectors at which the map's Jacobian is taken. */
  points: 64,
  tolerance: TOLERANCE,
})

export const kinds = ['none', 'zca'] as const
const conditionNumbers = [1e2, 1e4]

export type GaussianSettings = ReturnType<typeof settingsOf> & {
  readonly conditionNumber: number
  readonly kind: (typeof kinds)[number]
}

const lookSchema = z.object({
  step: z.number(),
  /** Unbiased MMD^2 in the units of the data, and after the exact whitening, where all directions count the same. */
  mmd: z.number(),
  mmdWhitened: z.number(),
  /** Generated variance over the exact one along the narrow direction. */
  narrow: z.number(),
  /** Median over noise of kappa of the map from noise to data. */
  kappa: z.number(),
})

const quantilesSchema = z.object({ low: z.number(), median: z.number(), high: z.number() })

export const resultSchema = z.object({
  looks: z.array(lookSchema),
  slicedWasserstein: z.number(),
  /** MMD^2 of two independent sets of data: what no generator can be told from. */
  floor: z.object({ mmd: z.number(), mmdWhitened: z.number() }),
  /** kappa of the flow's own map along t. */
  flow: z.array(quantilesSchema.extend({ t: z.number() })),
  whole: quantilesSchema,
  /** [n, 2], and trajectories [steps, 2]; of the first seed. */
  pictures: z
    .object({ samples: z.array(z.number()), data: z.array(z.number()), paths: z.array(z.array(z.number())) })
    .optional(),
})

export type GaussianResult = z.infer<typeof resultSchema>

export const grid = (request: Request): Cell<GaussianSettings>[] =>
  conditionNumbers.flatMap((conditionNumber) =>
    kinds.flatMap((kind) =>
      seedsOf(request.seeds, request.quick ? 2 : 5).map((seed) => ({
        name: `kappa-${conditionNumber}_${kind}_seed-${seed}`,
        seed,
        settings: { ...settingsOf(request), conditionNumber, kind },
      })),
    ),
  )
