// Gaussian mixtures sum_k pi_k N(m_k, Sigma_k) fitted by expectation-maximisation (Dempster, Laird & Rubin 1977): k-means++ starts,
// several of them tried for a few rounds and the likeliest continued (Biernacki, Celeux & Govaert 2003).
import { randomStream, type CompileOptions, type RandomStream } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import type { Samples } from './covariance.ts'
import { kMeans, type Clusters } from './k-means.ts'
import { diagonal, matrix, type Matrix } from './matrix.ts'
import { mixturePass, type MixturePass } from './mixture-pass.ts'
import {
  boundedEach,
  diagonalOf,
  factored,
  formNamed,
  maximised,
  type CovarianceForm,
  type Form,
  type State,
} from './mixture-update.ts'
import { covarianceOf } from './moments.ts'
import { standardised, unitsOf, type Units } from './units.ts'

export interface GaussianMixture {
  /** [K], positive, sum 1. */
  readonly weights: Float64Array
  /** [K, d] */
  readonly means: Matrix
  /** K of [d, d], positive definite. */
  readonly covariances: readonly Matrix[]
}

/** A mixture fitted to samples, the heaviest component first. */
export interface MixtureFit extends GaussianMixture {
  /** Mean of ln p(x) over the samples it was fitted to, nats. */
  readonly logLikelihood: number
  /** Bayesian information criterion, -2 ln L + parameters ln n: less is better. */
  readonly bic: number
  /** ln p(x), mean over samples, at every pass of the run that was kept. */
  readonly history: readonly number[]
  /** Whether the likelihood had settled before the passes ran out. */
  readonly converged: boolean
}

export interface MixtureOptions {
  readonly components: number
  /** 'full' unless given. */
  readonly covariance?: CovarianceForm
  /** Starts that are tried; 4 unless given. */
  readonly restarts?: number
  /** Most passes over the data; 200 unless given. */
  readonly iterations?: number
  /** Settled once a pass gains less than this, in nats a sample and dimension; 1e-6 unless given. */
  readonly tolerance?: number
  /** What the starts are drawn from; that of seed 0 unless given. */
  readonly stream?: RandomStream
  readonly engine?: CompileOptions
  readonly signal?: AbortSignal
  /** Told after every pass: their number over all starts, and ln p(x), mean over samples. */
  readonly onPass?: (passes: number, logLikelihood: number) => void
}

/** Passes that every start is tried for. */
export const TRIAL_PASSES = 10

/** Samples that a start is drawn from: k-means needs no more, and runs on the host. */
const MOST_START_SAMPLES = 8192

interface Run {
  /** What the last entry of the history was measured for, and what it leads to. */
  readonly measured: State
  readonly next: State
  readonly history: readonly number[]
  readonly converged: boolean
}

interface Problem {
  /** Standardised. */
  readonly samples: Samples
  readonly pass: MixturePass
  readonly options: MixtureOptions
  readonly form: Form
}

function rowsOf({ data, d }: Samples, rows: Int32Array): Samples {
  const result = new Float32Array(rows.length * d)
  rows.forEach((row, i) => {
    result.set(data.subarray(row * d, (row + 1) * d), i * d)
  })
  return { data: result, n: rows.length, d }
}

function residualsOf({ data, n, d }: Samples, { centres, nearest }: Clusters): Samples {
  const result = new Float32Array(n * d)
  for (let i = 0; i < n; i++) {
    for (let j = 0, at = i * d; j < d; j++, at++) result[at] = data[at] - centres.data[nearest[i] * d + j]
  }
  return { data: result, n, d }
}

/** Clusters of some samples, each with the covariance within all of them. */
async function startOf({ samples, form, options }: Problem, stream: RandomStream): Promise<State> {
  const { n, d } = samples
  const some =
    n > MOST_START_SAMPLES ? rowsOf(samples, stream.permutation(n).subarray(0, MOST_START_SAMPLES)) : samples
  const clusters = kMeans(some, options.components, stream)
  const within = (await covarianceOf(residualsOf(some, clusters), options.engine)).covariance
  const counts = new Float64Array(options.components)
  clusters.nearest.forEach((k) => counts[k]++)
  const one = form.diagonal ? matrix(d, 1, diagonalOf(within)) : within
  return {
    weights: counts.map((count) => Math.max(count, 1) / some.n),
    means: clusters.centres,
    covariances: boundedEach(Array<Matrix>(options.components).fill(one)),
  }
}

/** Passes until the likelihood settles, at most `most`. */
async function continued(
  { samples, pass, form, options: { tolerance = 1e-6, signal } }: Problem,
  run: Run,
  { most, onPass }: { most: number; onPass: (value: number) => void },
): Promise<Run> {
  const history = [...run.history]
  let { measured, next, converged } = run
  for (let step = 0; step < most && !converged; step++) {
    signal?.throwIfAborted()
    const found = await pass.statistics(samples, factored(next))
    const value = found.logLikelihood / samples.n
    converged = Math.abs(value - (history.at(-1) ?? -Infinity)) <= tolerance * samples.d
    history.push(value)
    onPass(value)
    measured = next
    next = maximised(samples, next, found, form)
  }
  return { measured, next, history, converged }
}

const reached = ({ history }: Run): number => history.at(-1) ?? -Infinity

/** The likeliest of all starts after a trial, continued. */
async function bestRun(problem: Problem): Promise<Run> {
  const { restarts = 4, iterations = 200, stream = randomStream(0), onPass } = problem.options
  let passes = 0
  const told = (value: number) => onPass?.(++passes, value)
  let best: Run | undefined
  for (let start = 0; start < restarts; start++) {
    const next = await startOf(problem, stream.split(`start ${start}`))
    const run: Run = { measured: next, next, history: [], converged: false }
    const tried = await continued(problem, run, { most: Math.min(TRIAL_PASSES, iterations), onPass: told })
    if (best === undefined || reached(tried) > reached(best)) best = tried
  }
  if (best === undefined) throw new RangeError(`got ${restarts} restarts, expected at least 1`)
  return continued(problem, best, { most: iterations - best.history.length, onPass: told })
}

/** Back to the features' own units, the heaviest component first. */
function inUnits({ weights, means, covariances }: State, { mean, scale }: Units): GaussianMixture {
  const d = mean.length
  const order = Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a])
  const moved = matrix(order.length, d)
  order.forEach((k, at) => {
    for (let j = 0; j < d; j++) moved.data[at * d + j] = mean[j] + scale[j] * means.data[k * d + j]
  })
  const scaled = ({ data, columns }: Matrix): Matrix =>
    columns === 1
      ? diagonal(data.map((value, j) => value * scale[j] ** 2))
      : matrix(
          d,
          d,
          data.map((value, at) => value * scale[Math.floor(at / d)] * scale[at % d]),
        )
  return {
    weights: Float64Array.from(order, (k) => weights[k]),
    means: moved,
    covariances: order.map((k) => scaled(covariances[k])),
  }
}

function check({ n, d }: Samples, { components }: MixtureOptions): void {
  if (!(Number.isInteger(components) && components >= 1))
    throw usageError(`${components} components asked for, expected a whole number from 1`)
  if (n < Math.max(2, components)) {
    throw usageError(
      `${n} samples of ${d} features are too few for ${components} components, expected at least ${Math.max(2, components)}: ask for fewer components`,
    )
  }
}

/**
 * Fits a mixture to samples [n, d]. O(n K d^2) operations a pass (O(n K d) where diagonal), in float64 on the engine's CPU; a copy of
 * the samples in memory. The likelihood never falls from one pass to the next while every component has more samples than it is filled
 * up to. Does not depend on the units of the features.
 * @throws WhitewaterError (usage) for fewer samples than components or values that are not finite; the signal's reason when it is aborted
 */
export async function fitGaussianMixture(samples: Samples, options: MixtureOptions): Promise<MixtureFit> {
  check(samples, options)
  const { n, d } = samples
  const form = formNamed(options.covariance ?? 'full')
  const units = unitsOf(samples)
  const bad = units.mean.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0)
    throw usageError(
      `feature ${bad} holds values that are NaN or infinite, expected finite numbers: drop those samples`,
    )
  const pass = mixturePass(options.engine)
  try {
    const run = await bestRun({ samples: standardised(samples, units), pass, options, form })
    // The density of x is that of the standardised features over the product of their scales.
    const rescaling = units.scale.reduce((sum, scale) => sum + Math.log(scale), 0)
    const history = run.history.map((value) => value - rescaling)
    const logLikelihood = history[history.length - 1]
    const { components } = options
    const parameters = components - 1 + components * d + form.parameters(components, d)
    return {
      ...inUnits(run.measured, units),
      logLikelihood,
      history,
      converged: run.converged,
      bic: -2 * n * logLikelihood + parameters * Math.log(n),
    }
  } finally {
    await pass.dispose()
  }
}

export interface MixtureTerms {
  /** ln pi_k + ln N(x; m_k, Sigma_k) of samples [n, d], [n, K]; their softmax over k is the responsibilities (Eq. 19 at t = 1). */
  (samples: Samples): Promise<Matrix>
  dispose(): Promise<void>
}

/** Terms of a mixture's density, worked out on the engine's CPU in blocks of rows. */
export function mixtureTerms(mixture: GaussianMixture, engine?: CompileOptions): MixtureTerms {
  const pass = mixturePass(engine)
  const parameters = factored(mixture)
  return Object.assign((samples: Samples) => pass.logTerms(samples, parameters), {
    dispose: () => pass.dispose(),
  })
}
