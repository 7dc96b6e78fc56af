// The Gaussian residual (docs/preconditioners.md) beside and behind the static preconditioners: the same network and steps, without and with the
// part of the velocity that is known, at several training budgets.
import { sizeOf } from '@whitewater/tensor'
import { firstSamples } from '../../data/subset.ts'
import type { Generator } from '../../generator/generator.ts'
import { frechetDistance } from '../../metrics/frechet.ts'
import { lowEigenvalueRecovery } from '../../metrics/low-eigenvalue.ts'
import { mmd } from '../../metrics/mmd.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import { residualMlp } from '../../nn/networks/residual-mlp.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { residualNamed } from '../../precondition/residual/registry.ts'
import { experiment, type Cell, type Measuring } from '../runner/experiment.ts'
import { solverAt, trainWatched } from '../shared/observe.ts'
import { problemOf, type Problem } from './problems.ts'
import { presentResidual } from './report.ts'
import {
  grid,
  resultSchema,
  variants,
  type ResidualResult,
  type ResidualSettings,
  type Scores,
  type Variant,
} from './settings.ts'

/** Features up to which data count as points: a plain network, and measures after exact whitening. */
const LOW = 16

/** Variances below this share of the largest are no directions of images to be right in. */
const FLOOR = 1e-6

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
  result: resultSchema,
  present: presentResidual,
})
