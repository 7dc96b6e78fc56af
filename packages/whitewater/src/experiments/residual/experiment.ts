// The Gaussian residual (docs/preconditioners.md) beside and behind the static preconditioners: the same network and steps, without and with the
// part of the velocity that is known, at several training budgets.
import { sizeOf } from '@whitewater/tensor'
import { z } from 'zod'
import { firstSamples } from '../../data/subset.ts'
import type { Generator } from '../../generator/generator.ts'
import type { Source } from '../../data/source.ts'
import { frechetDistance } from '../../metrics/frechet.ts'
import { lowEigenvalueRecovery } from '../../metrics/low-eigenvalue.ts'
import { mmd } from '../../metrics/mmd.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import { residualMlp } from '../../nn/networks/residual-mlp.ts'
import type { Samples, Settings } from '../../precondition/preconditioner.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { residualNamed } from '../../precondition/residual/registry.ts'
import { experiment, type Cell, type Measuring, type Request } from '../runner/experiment.ts'
import { seedsOf, solverAt, trainWatched } from '../shared/observe.ts'
import { problemOf, problems, type Problem } from './problems.ts'
import { presentResidual } from './report.ts'

/** Features up to which data count as points: a plain network, and measures after exact whitening. */
const LOW = 16

/** Variances below this share of the largest are no directions of images to be right in. */
const FLOOR = 1e-6

const statics = ['none', 'standardise', 'zca'] as const

/** What is known of the velocity. */
const variants = [
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

interface Variant {
  readonly name: string
  readonly kind?: string
  readonly options?: Settings
}

const settingsOf = ({ quick }: Request) => ({
  samples: 10_000,
  batch: 256,
  /** Steps at which samples are measured; the last is the end. */
  low: { width: 128, depth: 3, budgets: quick ? [0, 100, 400] : [0, 250, 1000, 4000] },
  high: { width: 384, depth: 4, budgets: quick ? [0, 250, 1000] : [0, 500, 2000, 8000] },
  /** Of each side of a distance. */
  measured: 2000,
  tolerance: 1e-4,
})

export type ResidualSettings = ReturnType<typeof settingsOf> & {
  readonly problem: string
  readonly source?: Source
  readonly precondition: (typeof statics)[number]
  readonly residual: string
}

const scores = z.object({
  slicedWasserstein: z.number(),
  /** Sliced W2 after whitening by the held-out covariance, where every direction counts the same; points only. */
  whitened: z.number().optional(),
  /** Between Gaussians fitted to both sides, in the data's units (pixel space for images). */
  frechet: z.number(),
})

const measuredSchema = z.object({
  dimension: z.number(),
  looks: z.array(scores.extend({ step: z.number(), evaluations: z.number() })),
  mmd: z.number(),
  lowEigenvalueError: z.number(),
  /** Between two held-out sets. */
  floor: scores,
})

const result = z.union([measuredSchema, z.object({ skipped: z.string() })])

export type Scores = z.infer<typeof scores>
export type ResidualMeasures = z.infer<typeof measuredSchema>
export type ResidualResult = z.infer<typeof result>

const grid = (request: Request): Cell<ResidualSettings>[] =>
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

/** How far a set of samples is from held-out ones. */
async function yardstickOf({ held: [reference, other] }: Problem, dimension: number, seed: number) {
  const even = dimension <= LOW ? await preconditioner('zca').fit(reference) : undefined
  const whitened = async (x: Samples): Promise<number | undefined> =>
    even && slicedWasserstein(await even.transform(reference.samples), await even.transform(x), { seed }).w2
  const scoresOf = async (x: Samples): Promise<Scores> => ({
    slicedWasserstein: slicedWasserstein(reference.samples, x, { seed }).w2,
    whitened: await whitened(x),
    frechet: frechetDistance(reference.samples, x),
  })
  return {
    scoresOf,
    floor: await scoresOf(other.samples),
    reference: reference.samples,
    dispose: async () => even?.dispose(),
  }
}

export async function measureResidual(
  { seed, settings }: Cell<ResidualSettings>,
  measuring: Measuring,
): Promise<ResidualResult> {
  const { problem: name, source, samples, measured, batch, tolerance, precondition } = settings
  const problem = await problemOf(name, { samples, measured, seed, source })
  const { data } = problem
  const variant: Variant | undefined = variants.find((one) => one.name === settings.residual)
  const residual = variant?.kind === undefined ? undefined : residualNamed(variant.kind, variant.options)
  if (residual?.needsLabels && !data.labels) return { skipped: `${data.name} has no labels` }
  const dimension = sizeOf(data.samples.shape.slice(1))
  const low = dimension <= LOW
  const { width, depth, budgets } = low ? settings.low : settings.high
  const yardstick = await yardstickOf(problem, dimension, seed)
  const count = yardstick.reference.shape[0]
  const look = async (generator: Generator) => {
    const drawn = await generator.generate(count, { ...solverAt(tolerance), seed: seed + 1 })
    return { ...(await yardstick.scoresOf(drawn.samples)), evaluations: drawn.evaluations }
  }
  const { generator, looks } = await trainWatched(
    {
      data,
      preconditioner: preconditioner(precondition),
      seed,
      batch,
      at: budgets,
      look,
      field: low ? mlp({ width, depth }) : residualMlp({ width, depth }),
      steps: Math.max(...budgets),
      training: { residual },
    },
    measuring,
  )
  const drawn = await generator.sample(count, { ...solverAt(tolerance), seed: seed + 2 })
  await generator.dispose()
  await yardstick.dispose()
  const most = firstSamples(drawn, 2000)
  return {
    dimension,
    looks: [...looks],
    floor: yardstick.floor,
    mmd: mmd(firstSamples(yardstick.reference, 2000), most),
    lowEigenvalueError: lowEigenvalueRecovery(yardstick.reference, drawn, { floor: FLOOR }).relativeError,
  }
}

export const residual = experiment({
  name: 'residual',
  title: 'The known part of the velocity, and a network for the rest',
  about: 'Gaussian and mixture residuals beside and behind static preconditioners, at several budgets',
  takesData: true,
  grid,
  measure: measureResidual,
  result,
  present: presentResidual,
})
