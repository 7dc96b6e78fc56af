// The theory's pictures (Fig. 4), each predicted curve over a measured one: gradient descent of the engine on the linear problem
// against Theorem 3.3 and Eq. 17, stochastic gradient descent against Prop. 3.5, without and with exact whitening.
import { randomStream } from '@whitewater/tensor'
import { matrix, type Matrix } from '../../linalg/matrix.ts'
import { bestContraction, bestStepSize, errorCurves, exactSteps } from '../../theory/descent.ts'
import { flowMap } from '../../theory/gaussian-flow.ts'
import {
  irreducibleLoss,
  pathCondition,
  pathEigenvalues,
  velocityMatrix,
  type Gaussian,
} from '../../theory/gaussian.ts'
import { exactWhitening, preconditioned } from '../../theory/preconditioned.ts'
import { experiment, type Cell, type Measuring } from '../runner/experiment.ts'
import { compileDescent, largestDeviation, stepsToFraction, type DescentTrainer } from './linear-descent.ts'
import { logSpacedSteps, rounded } from '../shared/observe.ts'
import { measureStochastic, type StochasticRun } from './stochastic-descent.ts'
import { presentTheory } from './report.ts'
import { lawOf } from './runs.ts'
import { grid, pathTimes, resultSchema, type TheoryResult, type TheorySettings } from './settings.ts'

/** What is trained on: the same, but whitened by arithmetic, P Sigma P^T with P = Sigma^{-1/2}. */
function trainedLaw(cell: Cell<TheorySettings>): Gaussian {
  const data = lawOf({ ...cell, settings: { ...cell.settings, kind: 'none' } })
  return cell.settings.kind === 'none' ? data : preconditioned(data, exactWhitening(data))
}

interface Bench {
  /** Predictions are made of it. */
  readonly law: Gaussian
  /** Sigma that is trained on. */
  readonly covariance: Matrix
  readonly start: Matrix
  readonly trainer: DescentTrainer
}

const descend = ({ law, covariance, start, trainer }: Bench, t: number, stepSize: number, steps: number) =>
  trainer.measure({
    covariance,
    t,
    start,
    stepSize,
    steps,
    optimum: velocityMatrix(law, t),
    directions: law.eigen.vectors,
  })

/** Row `k` of the errors, each of its mode's initial one. */
const shares = ({ data, columns: d }: Matrix, k: number): number[] =>
  rounded(data.subarray(k * d, (k + 1) * d).map((error, j) => error / data[j]))

/** Largest relative deviation of losses from irreducible plus excess (Lemma 3.2), the excess made of predicted errors. */
function lossDeviation(law: Gaussian, t: number, losses: Float64Array, { data, columns: d }: Matrix): number {
  const s = pathEigenvalues(law.eigen.values, t)
  const floor = irreducibleLoss(law, t)
  return losses.reduce((most, loss, k) => {
    const predicted = s.reduce((sum, value, j) => sum + value * data[k * d + j] ** 2, floor)
    return Math.max(most, Math.abs(loss / predicted - 1))
  }, 0)
}

/** Enough steps for a curve: 0 .. 9, then evenly spaced on a logarithmic axis. */
const drawnSteps = (steps: number): number[] => [...Array(10).keys(), ...logSpacedSteps(10, steps, 30)]

async function descentAt(bench: Bench, t: number, { steps, epsilon }: TheorySettings) {
  const { law, start } = bench
  const best = bestStepSize(pathEigenvalues(law.eigen.values, t))
  // The best step ends whitened descent at once; half of it draws a curve.
  const follow = async (stepSize: number) => {
    const { errors, losses } = await descend(bench, t, stepSize, steps)
    const curves = errorCurves(law, t, { start, stepSize, steps })
    return { errors, error: largestDeviation(errors, curves), loss: lossDeviation(law, t, losses, curves) }
  }
  const both = [await follow(best), await follow(best / 2)]
  const predicted = exactSteps(bestContraction(pathCondition(law.eigen.values, t)), epsilon)
  const long = await descend(bench, t, best, predicted + 2)
  return {
    t,
    steps: stepsToFraction(long.errors, epsilon) ?? null,
    deviation: Math.max(...both.map(({ error }) => error)),
    lossDeviation: Math.max(...both.map(({ loss }) => loss)),
    curve: drawnSteps(steps).map((step) => ({
      step,
      errors: shares(both[1].errors, step),
    })),
  }
}

async function contractionAt(bench: Bench, t: number) {
  const best = bestStepSize(pathEigenvalues(bench.law.eigen.values, t))
  const { errors } = await descend(bench, t, best, 1)
  return { t, factors: shares(errors, 1) }
}

/** Gaussian, so that no mode starts without an error. */
function startFor({ seed, settings: { dimension: d } }: Cell<TheorySettings>): Matrix {
  const entries = randomStream(seed)
    .split('experiment/linear-start')
    .normal(d * d)
  return matrix(d, d, Float64Array.from(entries))
}

/** Every cell has draws of its own. */
function stochasticRun(
  { name, seed, settings }: Cell<TheorySettings>,
  { law, start }: Bench,
  trained: Gaussian,
): StochasticRun {
  const { t, share, runs, batch, steps } = settings.stochastic
  return {
    t,
    start,
    runs,
    batch,
    steps,
    root: flowMap(trained, { to: 1 }),
    stepSize: share * bestStepSize(pathEigenvalues(law.eigen.values, t)),
    stream: randomStream(seed).split('experiment/stochastic-descent').split(name),
    optimum: velocityMatrix(law, t),
    directions: law.eigen.vectors,
  }
}

async function measure(cell: Cell<TheorySettings>, measuring: Measuring): Promise<TheoryResult> {
  const { engine, onProgress, signal } = measuring
  const { settings } = cell
  const law = lawOf(cell)
  const trained = trainedLaw(cell)
  const start = startFor(cell)
  const total = settings.times.length + 2
  const trainer = await compileDescent(settings.dimension, engine)
  const bench = { law, covariance: trained.covariance, start, trainer }
  const descents: TheoryResult['descents'] = []
  const contraction: TheoryResult['contraction'] = []
  try {
    for (const t of settings.times) {
      signal?.throwIfAborted()
      descents.push(await descentAt(bench, t, settings))
      onProgress(descents.length, total)
    }
    for (const t of pathTimes) contraction.push(await contractionAt(bench, t))
    onProgress(total - 1, total)
  } finally {
    await trainer.dispose()
  }
  signal?.throwIfAborted()
  const means = await measureStochastic(stochasticRun(cell, bench, trained), engine)
  onProgress(total, total)
  return {
    descents,
    contraction,
    stochastic: drawnSteps(settings.stochastic.steps).map((step) => ({
      step,
      mean: rounded(means[step].mean),
      error: rounded(means[step].error),
    })),
  }
}

export const theory = experiment({
  name: 'theory',
  title: 'Theory against measured gradient descent',
  about:
    'gradient descent on the linear problem against its exact prediction, spectra and fields along the path, without and with exact whitening (Fig. 4)',
  grid,
  measure,
  result: resultSchema,
  present: presentTheory,
})
