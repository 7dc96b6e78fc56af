// Conditioning measured on samples (Eq. 5, appendix G.3): of the data, along the path, and in each class.
import { randomStream, sizeOf, type CompileOptions } from '@whitewater/tensor'
import { blocksOf, flatBlocks, flatBlocksOfClass, type SampleBlocks } from '../data/sample-blocks.ts'
import type { Dataset } from '../data/dataset.ts'
import { failureError, usageError, WhitewaterError } from '../errors.ts'
import { covariance, type Samples } from '../linalg/covariance.ts'
import { eigenvaluesSymmetric } from '../linalg/eigen.ts'
import { matrix, type Matrix } from '../linalg/matrix.ts'
import { accumulateMoments, rowsPerBlock } from '../linalg/moments.ts'
import { conditionOf } from '../linalg/roots.ts'
import { finishMoments, type RunningMoments } from '../linalg/streaming.ts'
import { eigenvaluesOf, type EigenOptions } from '../linalg/symmetric.ts'
import { checkTime } from '../theory/check.ts'
import { pathEigenvalues } from '../theory/gaussian.ts'
import { pairOf, samplesOf, type Vectors } from './samples.ts'

/** Ridge added to measured covariances, in squared data units: S + delta I (G.3 asks for a small one; this is ours). */
export const DEFAULT_DELTA = 1e-6

export interface MeasuredCondition {
  /** lambda_max / lambda_min of S + delta I (Eq. 5). */
  readonly kappa: number
  /** Eigenvalues of S + delta I, descending, [d]. */
  readonly eigenvalues: Float64Array
}

export interface ConditionOptions {
  /** Ridge of S + delta I, in squared data units; 1e-6 unless given. */
  readonly delta?: number
}

/** Large problems: what multiplies, and what decomposes. */
export interface LargeConditionOptions extends ConditionOptions, EigenOptions {
  readonly engine?: CompileOptions
}

/** Rounding below zero counts as zero. */
function regularised(values: Float64Array, delta: number): MeasuredCondition {
  const eigenvalues = values.map((lambda) => Math.max(lambda, 0) + delta)
  return { kappa: conditionOf(eigenvalues), eigenvalues }
}

const conditionOfCovariance = (s: Matrix, delta: number): MeasuredCondition =>
  regularised(eigenvaluesSymmetric(s), delta)

function checkedDelta(delta: number): number {
  if (delta >= 0) return delta
  throw new WhitewaterError('usage', `got delta ${delta}, expected 0 or a small positive number such as 1e-6`)
}

function checkTimes(times: readonly number[]): void {
  if (times.length === 0) throw usageError('got no times, expected some in [0, 1]')
  for (const t of times) checkTime(t)
}

/**
 * kappa of the empirical covariance of vectors [n, ...], regularised as S + delta I (default 1e-6, absolute).
 * @throws WhitewaterError (usage) for fewer than 2 samples or a negative delta
 */
export function measuredCondition(
  vectors: Vectors,
  { delta = DEFAULT_DELTA }: ConditionOptions = {},
): MeasuredCondition {
  return conditionOfCovariance(covariance(samplesOf(vectors)).covariance, checkedDelta(delta))
}

/**
 * kappa of the empirical covariance of x_t = (1 - t) x0 + t x1 at each of `times`, for paired noise x0 and data x1 [n, ...], regularised as
 * S + delta I. The covariance is quadratic in t, so that of [x0, x1] serves every time.
 * @throws WhitewaterError (usage) for different shapes, fewer than 2 samples or a negative delta
 */
export function measuredPathCondition(
  noise: Vectors,
  data: Vectors,
  times: readonly number[],
  { delta = DEFAULT_DELTA }: ConditionOptions = {},
): MeasuredCondition[] {
  const [x0, x1] = pairOf(noise, data)
  if (x0.n !== x1.n)
    throw new WhitewaterError('usage', `got ${x0.n} noise and ${x1.n} data samples, expected pairs`)
  const ridge = checkedDelta(delta)
  const joint = covariance(joined(x0, x1)).covariance
  return times.map((t) => conditionOfCovariance(covarianceAt(joint, x0.d, t), ridge))
}

/**
 * kappa of the covariance behind running moments, regularised as S + delta I; by LAPACK where that pays.
 * @throws WhitewaterError (usage) for fewer than 2 samples or a negative delta
 */
export async function conditionOfMoments(
  moments: RunningMoments,
  { delta = DEFAULT_DELTA, solver }: LargeConditionOptions = {},
): Promise<MeasuredCondition> {
  const ridge = checkedDelta(delta)
  const { values } = await eigenvaluesOf(finishMoments(moments).covariance, { solver })
  return regularised(values, ridge)
}

/**
 * kappa of Cov(x_t) + delta I at each of `times`, measured on data of any size: noise drawn from `seed` is paired with each block, and
 * one pass for the moments of [x0, x1] serves every time. 4 d^2 numbers in memory; a d^3 decomposition a time.
 * @throws WhitewaterError (usage) for no times or one outside [0, 1], or a negative delta
 */
export async function streamedPathCondition(
  data: Dataset | SampleBlocks,
  times: readonly number[],
  {
    delta = DEFAULT_DELTA,
    seed = 0,
    engine,
    solver,
  }: LargeConditionOptions & { readonly seed?: number } = {},
): Promise<MeasuredCondition[]> {
  const ridge = checkedDelta(delta)
  checkTimes(times)
  const source = inBlocks(data)
  const d = sizeOf(source.shape.slice(1))
  const moments = await accumulateMoments(withNoise(source, d, seed), 2 * d, engine)
  const joint = finishMoments(moments).covariance
  const measured: MeasuredCondition[] = []
  for (const t of times) {
    const { values } = await eigenvaluesOf(covarianceAt(joint, d, t), { solver })
    measured.push(regularised(values, ridge))
  }
  return measured
}

const inBlocks = (data: Dataset | SampleBlocks): SampleBlocks => ('blocks' in data ? data : blocksOf(data))

/** Rows [x0, x1] of 2 d features. */
function joined(x0: Samples, x1: Samples): Samples {
  const { n, d } = x1
  const pairs = x0.data instanceof Float32Array ? new Float32Array(2 * n * d) : new Float64Array(2 * n * d)
  for (let i = 0; i < n; i++) {
    pairs.set(x0.data.subarray(i * d, (i + 1) * d), 2 * i * d)
    pairs.set(x1.data.subarray(i * d, (i + 1) * d), (2 * i + 1) * d)
  }
  return { data: pairs, n, d: 2 * d }
}

/** Each block of the data beside noise of its own. */
async function* withNoise(source: SampleBlocks, d: number, seed: number): AsyncGenerator<Samples> {
  const stream = randomStream(seed).split('path/noise')
  for await (const x1 of flatBlocks(source, rowsPerBlock(2 * d)))
    yield joined({ data: stream.normal(x1.n * d), n: x1.n, d }, x1)
}

/** Cov(x_t) = s^2 C_00 + t^2 C_11 + s t (C_01 + C_10) with s = 1 - t, from the covariance of [x0, x1]. */
function covarianceAt({ data: c, columns: width }: Matrix, d: number, t: number): Matrix {
  const s = 1 - t
  const result = matrix(d, d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const noise = c[i * width + j]
      const sample = c[(d + i) * width + d + j]
      const cross = c[i * width + d + j] + c[(d + i) * width + j]
      result.data[i * d + j] = s * s * noise + t * t * sample + s * t * cross
    }
  }
  return result
}

export interface PathCondition {
  readonly t: number
  readonly kappa: number
}

/**
 * kappa of S_t + delta I at each of `times` (Eq. 13) from the descending eigenvalues of the data's covariance.
 * @throws WhitewaterError (usage) for no times or one outside [0, 1], or a negative delta
 */
export function pathConditions(
  eigenvalues: Float64Array,
  times: readonly number[],
  { delta = DEFAULT_DELTA }: ConditionOptions = {},
): PathCondition[] {
  const ridge = checkedDelta(delta)
  checkTimes(times)
  return times.map((t) => ({ t, kappa: regularised(pathEigenvalues(eigenvalues, t), ridge).kappa }))
}

export interface ClassCondition {
  readonly label: number
  /** Samples of the class. */
  readonly count: number
  /** Eigenvalues of its covariance (divisor count - 1), descending, rounding below zero counted as zero, [d]. */
  readonly spectrum: Float64Array
  /** kappa of S_{k,t} + delta I at each time. */
  readonly path: readonly PathCondition[]
  /** The largest of `path`. */
  readonly worst: PathCondition
}

/**
 * Conditioning within each class: on mixtures one badly conditioned component sets the pace (Theorem 3.9, Cor. 3.10). A pass over
 * the data a class, and a d^3 decomposition each.
 * @returns in the order of the labels, and the worst class
 * @throws WhitewaterError (usage) for data without labels, or as `pathConditions`; (failure) for a class of fewer than 2 samples
 */
export async function conditionByClass(
  data: Dataset | SampleBlocks,
  times: readonly number[],
  { delta = DEFAULT_DELTA, engine, solver }: LargeConditionOptions = {},
): Promise<{ classes: ClassCondition[]; worst: ClassCondition }> {
  const source = inBlocks(data)
  checkTimes(times)
  checkedDelta(delta)
  const classes: ClassCondition[] = []
  for (const [label, count] of classCounts(source).entries()) {
    const spectrum = await spectrumOfClass(source, label, { engine, solver })
    const path = pathConditions(spectrum, times, { delta })
    classes.push({ label, count, spectrum, path, worst: path.reduce(worseOf) })
  }
  return { classes, worst: classes.reduce((a, b) => (b.worst.kappa > a.worst.kappa ? b : a)) }
}

const worseOf = (a: PathCondition, b: PathCondition): PathCondition => (b.kappa > a.kappa ? b : a)

/** Eigenvalues of the covariance within a class, descending, rounding below zero counted as zero; one pass. */
export async function spectrumOfClass(
  source: SampleBlocks,
  label: number,
  { engine, solver }: Pick<LargeConditionOptions, 'engine' | 'solver'> = {},
): Promise<Float64Array> {
  const d = sizeOf(source.shape.slice(1))
  const moments = await accumulateMoments(flatBlocksOfClass(source, label), d, engine)
  const { values } = await eigenvaluesOf(finishMoments(moments).covariance, { solver })
  return values.map((value) => Math.max(value, 0))
}

/** Samples of each class. @throws WhitewaterError (usage) without labels; (failure) for a class of fewer than `least`, 1 or 2 */
export function classCounts({ name, labels, classes = 0 }: SampleBlocks, least = 2): Int32Array {
  if (!labels) throw usageError(`${name} has no labels, conditioning by class needs one a sample`)
  const counts = new Int32Array(classes)
  for (const label of labels) counts[label]++
  const small = counts.findIndex((count) => count < least)
  if (small < 0) return counts
  throw failureError(
    `${name}: class ${small} has ${counts[small] === 0 ? 'no samples' : '1 sample'}, expected at least ${least} of each of 0..${classes - 1}: drop the class, number the classes without gaps, or take more samples`,
  )
}

/** exp of the entropy of lambda / sum(lambda) (Roy & Vetterli 2007): d for a flat spectrum, 1 for a single direction. */
export function effectiveRank(eigenvalues: ArrayLike<number>): number {
  const positive = Array.from(eigenvalues).filter((lambda) => lambda > 0)
  const total = positive.reduce((sum, lambda) => sum + lambda, 0)
  const entropy = positive.reduce((sum, lambda) => sum - (lambda / total) * Math.log(lambda / total), 0)
  return total > 0 ? Math.exp(entropy) : 0
}
