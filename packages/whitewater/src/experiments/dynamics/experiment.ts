// Condition-number dynamics (Fig. 8, G.3) on any data: kappa(S_t) as training meets it, without and with preconditioning, and what the
// scalar loss does not show of the field meanwhile (Cor. F.3.1).
import { randomStream, sizeOf, type CompileOptions } from '@whitewater/tensor'
import { z } from 'zod'
import type { Dataset } from '../../data/dataset.ts'
import { firstSamples, randomSubset, select } from '../../data/subset.ts'
import type { Generator } from '../../generator/generator.ts'
import { loadSource, type Source } from '../../data/source.ts'
import { velocityOf, type Velocity } from '../../generator/velocity.ts'
import { streamedPathCondition } from '../../metrics/conditioning.ts'
import { lowEigenvalueRecovery } from '../../metrics/low-eigenvalue.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import { residualMlp } from '../../nn/networks/residual-mlp.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { probeOf, WIDE, type Probe } from './probe.ts'
import { presentDynamics } from './report.ts'
import { eigenOf, spaceOf, type Space } from './space.ts'
import { experiment, type Cell, type Measuring, type Request } from '../runner/experiment.ts'
import { logSpacedSteps, rounded, seedsOf, solverAt, TOLERANCE, trainWatched } from '../shared/observe.ts'

/** Points and small vectors train in seconds; images and latents get another network and fewer looks. */
const plansOf = ({ quick }: Request) => ({
  low: { width: 128, depth: 3, steps: quick ? 2000 : 16_000, looks: 16, pairs: 8192, generated: 8192 },
  high: { width: 256, depth: 2, steps: quick ? 800 : 6000, looks: 8, pairs: 2048, generated: 2048 },
})

/** Features up to which the plan for low dimensions holds. */
const LOW = 16

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
  /** Of the samples' variance along the narrowest quarter of the kept directions. */
  lowEigenvalueError: z.number(),
  slicedWasserstein: z.number(),
  /** Where samples are images, of the first seed. */
  pictures: z
    .object({ shape: z.array(z.number()), data: z.array(z.number()), samples: z.array(z.number()) })
    .optional(),
})

const result = z.union([trainedSchema, z.object({ skipped: z.string() })])

export type Trained = z.infer<typeof trainedSchema>
export type DynamicsResult = z.infer<typeof result>

const kinds = ['none', 'standardise', 'zca']

/** On data that the user chose also whitening by class, which is skipped where there are no labels. */
const grid = (request: Request): Cell<DynamicsSettings>[] =>
  [...kinds, ...(request.data ? ['class-zca'] : [])].flatMap((kind) =>
    seedsOf(request.seeds, request.data ? (request.quick ? 1 : 3) : request.quick ? 3 : 5).map((seed) => ({
      name: `${kind}_seed-${seed}`,
      seed,
      settings: { ...settingsOf(request), kind },
    })),
  )

/** Closer together towards the data, where kappa rises. */
const TIMES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1]

/** As G.3 says: x1 drawn uniformly from the transformed training set, fresh noise, the empirical covariance of x_t + delta I. */
async function measureKappa(
  { transformed }: Space,
  { settings, seed }: Cell<DynamicsSettings>,
  step: number,
  engine: CompileOptions,
) {
  const [count] = transformed.samples.shape
  const samples = Math.min(count, settings.covered)
  const stream = randomStream(seed).split(`dynamics/kappa ${step}`)
  const drawn = select(transformed, stream.split('rows').integers(samples, count))
  const [own] = stream.split('noise').integers(1, 2 ** 31 - 1)
  const measured = await streamedPathCondition(drawn, TIMES, { seed: own, engine })
  const kappas = rounded(measured.map(({ kappa }) => kappa))
  return { step, samples, points: TIMES.map((t, at) => ({ t, kappa: kappas[at] })) }
}

/** Images of a picture. */
const SHOWN = 32

function picturesOf(data: Samples, drawn: Samples): Trained['pictures'] {
  const [real, generated] = [data, drawn].map((samples) => firstSamples(samples, SHOWN))
  const { shape } = generated
  return { shape: [...shape], data: rounded(real.data, 2), samples: rounded(generated.data, 2) }
}

/** What the trained generator draws, beside its data. */
async function samplesOf(
  generator: Generator,
  data: Dataset,
  { count, seed, tolerance }: { readonly count: number; readonly seed: number; readonly tolerance: number },
) {
  const drawn = await generator.sample(count, { ...solverAt(tolerance), seed: seed + 1 })
  const real = randomSubset(data, Math.min(count, data.samples.shape[0]), seed).samples
  const images = drawn.shape.length === 4
  return {
    lowEigenvalueError: lowEigenvalueRecovery(data.samples, drawn, { floor: WIDE }).relativeError,
    slicedWasserstein: slicedWasserstein(real, drawn, { seed }).w2,
    ...(seed === 0 && images && { pictures: picturesOf(real, drawn) }),
  }
}

/** Made at the first look, when P has been fitted, and kept for the rest. */
interface Observer {
  readonly space: Space
  readonly probe: Probe
  readonly velocity: Velocity
}

type Cells = { readonly errors: readonly (readonly number[])[] }
const cellsOf = ({ errors }: Cells): number[][] => errors.map((row) => rounded(row))

/** Trains once and looks on the way. Exported for tests, which train less. */
interface Watching {
  readonly data: Dataset
  readonly byClass: boolean
  readonly pairs: number
  /** Steps at which kappa is measured. */
  readonly covarianceAt: readonly number[]
  readonly engine: CompileOptions
}

/** Looks at a flow while it trains: its errors at every look, kappa of the path at some. */
function observing(cell: Cell<DynamicsSettings>, { data, byClass, pairs, covarianceAt, engine }: Watching) {
  const { bins, bands } = cell.settings
  const kappa: Trained['kappa'] = []
  let opened: Observer | undefined
  const open = async ({ parts }: Generator): Promise<Observer> => {
    const space = await spaceOf(data, parts.preconditioner, byClass, engine)
    const probe = await probeOf(space, pairs, { bins, bands }, engine)
    return { space, probe, velocity: velocityOf(parts, engine) }
  }
  const look = async (generator: Generator, step: number) => {
    const { space, probe, velocity } = (opened ??= await open(generator))
    await velocity.load(generator.parts.weights)
    if (covarianceAt.includes(step)) kappa.push(await measureKappa(space, cell, step, engine))
    return probe.errors(await velocity.at(probe.points))
  }
  const used = (): Observer => {
    if (!opened) throw new TypeError('training ended without a look')
    return opened
  }
  return { look, kappa, used }
}

export async function measure(cell: Cell<DynamicsSettings>, measuring: Measuring): Promise<DynamicsResult> {
  const { seed, settings } = cell
  const { source, plans, kind, batch, tolerance } = settings
  const { engine } = measuring
  const data = await loadSource(source)
  const maker = preconditioner(kind)
  if (maker.needsLabels && !data.labels) return { skipped: `${kind} needs labels, ${data.name} has none` }
  const dimension = sizeOf(data.samples.shape.slice(1))
  const low = dimension <= LOW
  const { width, depth, steps, pairs, generated, ...plan } = low ? plans.low : plans.high
  const at = logSpacedSteps(10, steps, plan.looks)
  const covarianceAt = [at[0], at[at.length >> 1], steps]
  const byClass = maker.needsLabels ?? false
  const { look, kappa, used } = observing(cell, { data, byClass, pairs, covarianceAt, engine })
  const field = low ? mlp({ width, depth }) : residualMlp({ width, depth })
  const training = { preconditioner: maker, field, steps, batch, seed }
  const { generator, looks } = await trainWatched({ data, ...training, at, look }, measuring)
  const { space, probe, velocity } = used()
  const end = await samplesOf(generator, data, { count: generated, seed, tolerance })
  await velocity.dispose()
  await generator.dispose()
  return {
    dimension,
    steps,
    pairs,
    generated,
    kappa,
    ...end,
    samples: data.samples.shape[0],
    parameters: generator.parts.weights.length,
    kept: probe.variances.length,
    bands: looks[0].affine.bands.map(({ from, to }) => ({ from, to })),
    spectrum: rounded((await eigenOf(space.moments)).values),
    linear: { loss: probe.linear.loss, lossSplit: cellsOf(probe.linear.lossSplit) },
    looks: looks.map(({ step, loss, lossSplit, beyondLinear, affine }) => ({
      step,
      loss,
      lossSplit: cellsOf(lossSplit),
      beyondLinear: cellsOf(beyondLinear),
      affine: cellsOf(affine),
    })),
  }
}

export const dynamics = experiment({
  name: 'dynamics',
  title: 'Conditioning while a flow trains, and what its loss hides',
  about: 'κ of the path during training, and the error by direction and time, on any data (Fig. 8)',
  takesData: true,
  grid,
  measure,
  result,
  present: presentDynamics,
})
