// What one run of the dynamics experiment is told, what it gives back, and the grid of runs.
import { z } from 'zod'
import type { Source } from '../../data/source.ts'
import type { Cell, Request } from '../runner/experiment.ts'
import { seedsOf, TOLERANCE } from '../shared/observe.ts'

/** Points and small vectors train in seconds; images and latents get another network and fewer looks. */
const plansOf = ({ quick }: Request) => ({
  low: { width: 128, depth: 3, steps: quick ? 2000 : 16_000, looks: 16, pairs: 8192, generated: 8192 },
  high: { width: 256, depth: 2, steps: quick ? 800 : 6000, looks: 8, pairs: 2048, generated: 2048 },
})

/** Features up to which the plan for low dimensions holds. */
export const LOW = 16

const ownSource: Source = { source: 'gaussian', dimension: 8, conditionNumber: 1e4 }

const settingsOf = (request: Request) => ({
  source: request.data ?? ownSource,
  plans: plansOf(request),
  batch: 256,
  bins: 8,
  bands: 8,
  tolerance: TOLERANCE,
  /** x_t drawn for each measured covariance, at most. */
  covered: 20_000,
})

export type DynamicsSettings = ReturnType<typeof settingsOf> & { readonly kind: string }

/** [time bin][band of directions], as `FieldErrors` says. */
const splitSchema = z.array(z.array(z.number()))

const trainedSchema = z.object({
  dimension: z.number(),
  samples: z.number(),
  parameters: z.number(),
  steps: z.number(),
  pairs: z.number(),
  generated: z.number(),
  /** Directions that the splits go over. */
  kept: z.number(),
  bands: z.array(z.object({ from: z.number(), to: z.number() })),
  /** Eigenvalues of Cov(P(x)), descending. */
  spectrum: z.array(z.number()),
  /** kappa of the covariance of `samples` x_t + delta I, measured at a few steps. */
  kappa: z.array(
    z.object({
      step: z.number(),
      samples: z.number(),
      points: z.array(z.object({ t: z.number(), kappa: z.number() })),
    }),
  ),
  /** The same of the best linear field. */
  linear: z.object({ loss: z.number(), lossSplit: splitSchema }),
  looks: z.array(
    z.object({
      step: z.number(),
      /** Per feature, in the units of the flow's space. */
      loss: z.number(),
      lossSplit: splitSchema,
      beyondLinear: splitSchema,
      affine: splitSchema,
    }),
  ),
  /** Samples' variance error along the narrowest quarter of the kept directions. */
  lowEigenvalueError: z.number(),
  slicedWasserstein: z.number(),
  /** Where samples are images, of the first seed. */
  pictures: z
    .object({ shape: z.array(z.number()), data: z.array(z.number()), samples: z.array(z.number()) })
    .optional(),
})

export const resultSchema = z.union([trainedSchema, z.object({ skipped: z.string() })])

export type Trained = z.infer<typeof trainedSchema>
export type DynamicsResult = z.infer<typeof resultSchema>

const kinds = ['none', 'standardise', 'zca']

/** On data that the user chose also whitening by class, which is skipped where there are no labels. */
export const grid = (request: Request): Cell<DynamicsSettings>[] =>
  [...kinds, ...(request.data ? ['class-zca'] : [])].flatMap((kind) =>
    seedsOf(request.seeds, request.data ? (request.quick ? 1 : 3) : request.quick ? 3 : 5).map((seed) => ({
      name: `${kind}_seed-${seed}`,
      seed,
      settings: { ...settingsOf(request), kind },
    })),
  )
