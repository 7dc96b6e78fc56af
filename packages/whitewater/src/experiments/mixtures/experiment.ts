// Gaussian mixtures in the plane (Fig. 3 and 7, G.2): components x condition numbers, under no whitening, one for all (Sigma^-1/2)
// and one per component (F.2). The network is told the component, as Theorem 3.9 assumes.
import { ndarray } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import type { Generator } from '../../generator/generator.ts'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { measuredCondition } from '../../metrics/conditioning.ts'
import { mlp } from '../../nn/networks/mlp.ts'
import { preconditioner } from '../../precondition/registry.ts'
import { experiment, type Cell, type Measuring } from '../runner/experiment.ts'
import { mixtureFor } from './law.ts'
import { grid, resultSchema, type MixtureResult, type MixtureSettings, type Trained } from './settings.ts'
import { balancedSets, classOf, labelsOf, thinned, yardstick, type Balanced } from './measures.ts'
import { presentMixtures } from './report.ts'
import { logSpacedSteps, rounded, solverAt, trainWatched } from '../shared/observe.ts'

/** Pairs of sets of data that show how far two sets of one mixture are apart. */
const FLOOR_PAIRS = 8

/** Points of a picture. */
const DRAWN = 600

/** Data with at least `each` samples of every component: 10 % more in all than are needed on average, and 100. */
async function draw(
  { seed, settings }: Cell<MixtureSettings>,
  each: number,
  split: 'train' | 'test',
): Promise<Dataset> {
  const { conditionNumbers: kappas } = settings
  const samples = Math.ceil(1.1 * each + 100) * kappas.length
  const of = (conditionNumber: number) =>
    dataset('mixture', { components: kappas.length, conditionNumber, seed, samples, split })
  const distinct = [...new Set(kappas)]
  const parts = await Promise.all(distinct.map(of))
  // the same labels and noise in all of them: each sample is taken from the one with its component's condition number
  const sources = kappas.map((kappa) => parts[distinct.indexOf(kappa)].samples.data)
  const [data] = parts
  const values = data.samples.data.map((_, i) => sources[data.labels?.[i >> 1] ?? 0][i])
  return { ...data, samples: ndarray(values, data.samples.shape) }
}

async function generated(generator: Generator, cell: Cell<MixtureSettings>, perClass: number, seed: number) {
  const { conditionNumbers, tolerance } = cell.settings
  const classes = conditionNumbers.length
  const { samples, evaluations } = await generator.generate(classes * perClass, {
    // a component a batch: the solver's error is controlled for each of them
    labels: labelsOf({ classes, perClass }),
    batch: perClass,
    ...solverAt(tolerance),
    seed,
  })
  const set: Balanced = { samples, classes, perClass }
  return { set, evaluations }
}

function pictureOf(set: Balanced): Trained['picture'] {
  const moments = Array.from({ length: set.classes }, (_, label) => covariance(flatten(classOf(set, label))))
  return {
    samples: rounded(thinned(set, DRAWN).samples.data, 4),
    means: moments.map(({ mean }) => rounded(mean)),
    covariances: moments.map(({ covariance: { data } }) => rounded(data)),
  }
}

/** Eigenvalues of P's output: the path's covariance follows from them at every t. */
async function spectraOf(train: Balanced, { parts: { preconditioner: fitted } }: Generator) {
  const even = { ...train, samples: await fitted.transform(train.samples, labelsOf(train)) }
  const eigenvalues = (of: Balanced['samples']) => rounded(measuredCondition(of).eigenvalues, 6)
  return {
    spectra: Array.from({ length: train.classes }, (_, label) => eigenvalues(classOf(even, label))),
    spectrum: eigenvalues(even.samples),
  }
}

async function measureTrained(
  cell: Cell<MixtureSettings>,
  real: Balanced,
  measuring: Measuring,
): Promise<MixtureResult> {
  const { seed, settings } = cell
  const { kind, width, depth, batch, steps, training, measured, watched, pairs, pairsWatched, projected } =
    settings
  const scale = yardstick(real, mixtureFor(cell))
  const [train] = balancedSets(await draw(cell, training, 'train'), training, 1)
  const data: Dataset = {
    name: 'mixture',
    samples: train.samples,
    labels: labelsOf(train),
    classes: train.classes,
  }
  const { generator, looks, losses } = await trainWatched(
    {
      data,
      preconditioner: preconditioner(kind),
      field: mlp({ width, depth }),
      steps,
      batch,
      seed,
      // every sample has its component, and no guidance is asked for: the irreducible loss is that of known components
      training: { labelDrop: 0 },
      at: [0, ...logSpacedSteps(30, steps, 9)],
      look: async (now) => scale.measure((await generated(now, cell, watched, seed + 1)).set, pairsWatched),
    },
    measuring,
  )
  const { set, evaluations } = await generated(generator, cell, measured, seed + 2)
  const spectra = await spectraOf(train, generator)
  await generator.dispose()
  const final = { ...scale.measure(set, pairs), slicedWasserstein: scale.slicedWasserstein(set, projected) }
  const loss = losses[losses.length - 1].loss
  return {
    draws: [final],
    trained: {
      looks: [...looks],
      loss,
      evaluations,
      ...spectra,
      ...(seed === 0 && { picture: pictureOf(set) }),
    },
  }
}

/** Pairs of independent sets of data, one of each in place of generated samples. */
async function measureFresh(cell: Cell<MixtureSettings>, measuring: Measuring): Promise<MixtureResult> {
  const { conditionNumbers, measured, watched, pairs, pairsWatched, projected } = cell.settings
  const sets = balancedSets(await draw(cell, 2 * FLOOR_PAIRS * measured, 'test'), measured, 2 * FLOOR_PAIRS)
  const draws = Array.from({ length: FLOOR_PAIRS }, (_, pair) => {
    measuring.onProgress(pair, FLOOR_PAIRS)
    const real = sets[2 * pair]
    const fresh = sets[2 * pair + 1]
    const scale = yardstick(real, mixtureFor(cell))
    return {
      ...scale.measure(fresh, pairs),
      slicedWasserstein: scale.slicedWasserstein(fresh, projected),
      watched: scale.measure(thinned(fresh, watched * conditionNumbers.length), pairsWatched),
    }
  })
  return { draws }
}

/** Measures one cell of the grid. */
export async function measureMixture(
  cell: Cell<MixtureSettings>,
  measuring: Measuring,
): Promise<MixtureResult> {
  const { kind, measured } = cell.settings
  if (kind === 'data') return measureFresh(cell, measuring)
  const [real] = balancedSets(await draw(cell, measured, 'test'), measured, 1)
  return measureTrained(cell, real, measuring)
}

export const mixtures = experiment({
  name: 'mixtures',
  title: 'Gaussian mixtures: no whitening, one for all, one per component',
  about:
    'components x condition numbers: low-eigenvalue recovery, MMD over steps, condition of the path (Fig. 3, 7; section G.2)',
  grid,
  measure: measureMixture,
  result: resultSchema,
  present: presentMixtures,
})
