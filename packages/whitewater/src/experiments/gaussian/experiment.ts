// Gaussian transport in the plane (Fig. 2): an elongated target, the flow without and with whitening. What the samples, the
// discrepancy and the learned map itself do while it trains.
import { ndarray } from '@whitewater/tensor'
import { dataset } from '../../data/registry.ts'
import { firstSamples } from '../../data/subset.ts'
import { gaussianCovariance } from '../../data/toy/gaussian.ts'
import type { Generator } from '../../generator/generator.ts'
import { transportConditions } from '../../generator/transport.ts'
import { eigenSymmetric } from '../../linalg/eigen.ts'
import { matrix } from '../../linalg/matrix.ts'
import { inverseSqrtSymmetric } from '../../linalg/roots.ts'
import { medianBandwidth, mmd } from '../../metrics/mmd.ts'
import { slicedWasserstein } from '../../metrics/sliced-wasserstein.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { experiment, type Cell, type Measuring } from '../runner/experiment.ts'
import { presentGaussian } from './report.ts'
import { grid, resultSchema, type GaussianResult, type GaussianSettings } from './settings.ts'
import { logSpacedSteps, rounded, solverAt, trainWatched } from '../shared/observe.ts'
import { column, mapped, noiseFor, quartiles, varianceAlong } from '../shared/planar.ts'

/** The data of a cell, and what generated samples are held against. */
async function yardstickOf({ seed, settings }: Cell<GaussianSettings>) {
  const { samples, dimension, conditionNumber, measured } = settings
  const shape = { dimension, conditionNumber, seed }
  const data = await dataset('gaussian', { ...shape, samples })
  const held = (await dataset('gaussian', { ...shape, samples: 2 * measured, split: 'test' })).samples
  const sigma = matrix(dimension, dimension, gaussianCovariance(shape).data)
  const whiten = inverseSqrtSymmetric(sigma)
  // the exact whitening keeps directions, so along one of them it only divides by the exact variance
  const narrow = column(eigenSymmetric(sigma).vectors, dimension - 1)
  const reference = firstSamples(held, measured)
  const other = ndarray(held.data.subarray(dimension * measured), reference.shape)
  const even = mapped(reference, whiten)
  const otherEven = mapped(other, whiten)
  const bandwidth = medianBandwidth(reference, other)
  const bandwidthWhitened = medianBandwidth(even, otherEven)
  return {
    data,
    reference,
    other,
    discrepancies: (x: Samples) => ({
      mmd: mmd(reference, x, { bandwidth }),
      mmdWhitened: mmd(even, mapped(x, whiten), { bandwidth: bandwidthWhitened }),
    }),
    narrowVariance: (x: Samples) => varianceAlong(mapped(x, whiten), narrow),
  }
}

const picturesOf = (samples: Samples, data: Samples, positions: readonly Float32Array[]) => ({
  samples: rounded(samples.data.subarray(0, 2 * 1000), 4),
  data: rounded(data.data.subarray(0, 2 * 1000), 4),
  paths: Array.from({ length: 40 }, (_, i) =>
    rounded(
      positions.flatMap((at) => [at[2 * i], at[2 * i + 1]]),
      4,
    ),
  ),
})

async function measure(cell: Cell<GaussianSettings>, measuring: Measuring): Promise<GaussianResult> {
  const { seed, settings } = cell
  const { dimension, width, depth, batch, steps, measured, points, tolerance, kind } = settings
  const { data, reference, other, discrepancies, narrowVariance } = await yardstickOf(cell)
  const x0 = noiseFor(seed, points, dimension)
  const solver = solverAt(tolerance)
  const jacobian = { engine: measuring.engine, tolerance }
  const look = async (generator: Generator) => {
    const drawn = await generator.sample(measured, { ...solver, seed: seed + 1 })
    const { whole } = await transportConditions(generator, x0, jacobian)
    return { ...discrepancies(drawn), narrow: narrowVariance(drawn), kappa: quartiles(whole).median }
  }
  const training = { preconditioner: preconditioner(kind), field: mlp({ width, depth }), steps, batch, seed }
  const at = [0, ...logSpacedSteps(10, steps, 16)]
  const { generator, looks } = await trainWatched({ data, ...training, at, look }, measuring)
  const drawn = await generator.sample(measured, { ...solver, seed: seed + 2 })
  const times = Array.from({ length: 41 }, (_, i) => i / 40)
  const { positions, flow, whole } = await transportConditions(generator, x0, { ...jacobian, times })
  await generator.dispose()
  return {
    looks: [...looks],
    slicedWasserstein: slicedWasserstein(reference, drawn, { seed }).w2,
    floor: discrepancies(other),
    flow: times.map((t, k) => ({ t, ...quartiles(flow[k]) })),
    whole: quartiles(whole),
    ...(seed === 0 && { pictures: picturesOf(drawn, reference, positions) }),
  }
}

export const gaussian = experiment({
  name: 'gaussian',
  title: 'Gaussian transport without and with whitening',
  about:
    'an elongated Gaussian in the plane: samples, MMD over steps, and the condition of the learned map (Fig. 2)',
  grid,
  measure,
  result: resultSchema,
  present: presentGaussian,
})
