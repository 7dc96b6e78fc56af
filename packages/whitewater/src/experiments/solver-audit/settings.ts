// What one run of the solver audit is told, what it gives back, and the grid of runs.
import { z } from 'zod'
import type { Cell, Request } from '../runner/experiment.ts'
import { seedsOf, TOLERANCE } from '../shared/observe.ts'

/** Steps of a fixed-step method; local tolerances, relative and absolute, of an adaptive one. Coarse to fine. */
export const ladder: Readonly<Record<string, readonly number[]>> = {
  euler: [8, 32, 128],
  midpoint: [4, 8, 16, 32, 64],
  heun: [4, 8, 16, 32, 64],
  rk4: [2, 4, 8, 16, 32],
  dopri5: [1e-2, 1e-3, 1e-4, 1e-5, 1e-6],
  tsit5: [1e-2, 1e-3, 1e-4, 1e-5, 1e-6],
}

const settingsOf = ({ quick }: Request) => ({
  samples: 10_000,
  width: 128,
  depth: 3,
  batch: 256,
  steps: quick ? 2000 : 20_000,
  /** Samples of each side of a distance. */
  measured: quick ? 2000 : 5000,
  /** Tolerance of P where the main field is trained. */
  tolerance: TOLERANCE,
})

const networks = ['tiny', 'mlp'] as const

export type AuditSettings = ReturnType<typeof settingsOf> & { readonly network: (typeof networks)[number] }

const entrySchema = z.object({
  method: z.string(),
  fineness: z.number(),
  /** |P^-1(P(x)) - x| / |x| on held-out data. */
  roundTrip: z.number(),
  /** Evaluations of P^-1 for one sample. */
  evaluations: z.number(),
  /** Sliced W2 of P^-1(samples of the main field) to held-out data, and of held-out data through P and the main field to noise. */
  forwards: z.number(),
  backwards: z.number(),
})

export const resultSchema = z.object({
  entries: z.array(entrySchema),
  /** Parameters of P's field. */
  parameters: z.number(),
  /** Sliced W2 between two independent sets of data, and of noise. */
  floor: z.object({ forwards: z.number(), backwards: z.number() }),
})

export type AuditEntry = z.infer<typeof entrySchema>
export type AuditResult = z.infer<typeof resultSchema>

export const grid = (request: Request): Cell<AuditSettings>[] =>
  networks.flatMap((network) =>
    seedsOf(request.seeds, request.quick ? 1 : 5).map((seed) => ({
      name: `${network}_seed-${seed}`,
      seed,
      settings: { ...settingsOf(request), network },
    })),
  )
