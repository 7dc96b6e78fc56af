// Condition-number dynamics (Fig. 8, G.3) on any data: kappa(S_t) as training meets it, without and with preconditioning, and what the
// scalar loss does not show of the field meanwhile (Cor. F.3.1).
import { randomStream, sizeOf, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { firstSamples, randomSubset, select } from '../../data/subset.ts'
import type { Generator } from '../../generator/generator.ts'
import { loadSource } from '../../data/source.ts'
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
import {
  grid,
  LOW,
  resultSchema,
  type DynamicsResult,
  type DynamicsSettings,
  type Trained,
} from './settings.ts'
import { eigenOf, spaceOf, type Space } from './space.ts'
import { experiment, type Cell, type Measuring } from '../runner/experiment.ts'
import { logSpacedSteps, rounded, solverAt, trainWatched } from '../shared/observe.ts'

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
    return { space, probe, velocity: velocityOf(parts, { engine }) }
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

/** Trains once and looks on the way. Exported for tests, which train less. */
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
  result: resultSchema,
  present: presentDynamics,
})
