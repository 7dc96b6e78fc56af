// Conditioning measured on samples (Eq. 5, appendix G.3).
import { WhitewaterError } from '../errors.ts'
import { covariance, type Samples } from '../linalg/covariance.ts'
import { eigenvaluesSymmetric } from '../linalg/eigen.ts'
import { matrix, type Matrix } from '../linalg/matrix.ts'
import { conditionOf } from '../linalg/roots.ts'
import { pairOf, samplesOf, type Vectors } from './samples.ts'

/** Ridge added to measured covariances, in squared data units: S + delta I (G.3 asks for a small one; this is ours). */
export const DEFAULT_DELTA = 1e-6

export interface MeasuredCondition {
  /** lambda_max / lambda_min of S + delta I (Eq. 5). */
  readonly kappa: number
  /** Eigenvalues of S + delta I, descending, [d]. */
  readonly eigenvalues: Float64Array
}

function conditionOfCovariance(s: Matrix, delta: number): MeasuredCondition {
  const eigenvalues = eigenvaluesSymmetric(s).map((lambda) => Math.max(lambda, 0) + delta)
  return { kappa: conditionOf(eigenvalues), eigenvalues }
}

function checkedDelta(delta: number): number {
  if (delta >= 0) return delta
  throw new WhitewaterError('usage', `got delta ${delta}, expected 0 or a small positive number such as 1e-6`)
}

/**
 * kappa of the empirical covariance of vectors [n, ...], regularised as S + delta I (default 1e-6, absolute).
 * @throws WhitewaterError (usage) for fewer than 2 samples or a negative delta
 */
export function measuredCondition(
  vectors: Vectors,
  { delta = DEFAULT_DELTA }: { readonly delta?: number } = {},
): MeasuredCondition {
  return conditionOfCovariance(covariance(samplesOf(vectors)).covariance, checkedDelta(delta))
}

function sumOf(a: Samples, b: Samples): Samples {
  return { data: Float64Array.from(a.data, (value, index) => value + b.data[index]), n: a.n, d: a.d }
}

/**
 * kappa of the empirical covariance of x_t = (1 - t) x0 + t x1 at each of `times`, for paired noise x0 and data x1 [n, ...], regularised as
 * S + delta I. The covariance is quadratic in t, so three passes over the data serve every time.
 * @throws WhitewaterError (usage) for different shapes, fewer than 2 samples or a negative delta
 */
export function measuredPathCondition(
  noise: Vectors,
  data: Vectors,
  times: readonly number[],
  { delta = DEFAULT_DELTA }: { readonly delta?: number } = {},
): MeasuredCondition[] {
  const [x0, x1] = pairOf(noise, data)
  if (x0.n !== x1.n)
    throw new WhitewaterError('usage', `got ${x0.n} noise and ${x1.n} data samples, expected pairs`)
  const [c0, c1, sum] = [x0, x1, sumOf(x0, x1)].map((samples) => covariance(samples).covariance.data)
  return times.map((t) => {
    const s = 1 - t
    const entries = c0.map((value, i) => s * s * value + t * t * c1[i] + s * t * (sum[i] - value - c1[i]))
    return conditionOfCovariance(matrix(x0.d, x0.d, entries), checkedDelta(delta))
  })
}

/** exp of the entropy of lambda / sum(lambda) (Roy & Vetterli 2007): d for a flat spectrum, 1 for a single direction. */
export function effectiveRank(eigenvalues: ArrayLike<number>): number {
  const positive = Array.from(eigenvalues).filter((lambda) => lambda > 0)
  const total = positive.reduce((sum, lambda) => sum + lambda, 0)
  const entropy = positive.reduce((sum, lambda) => sum - (lambda / total) * Math.log(lambda / total), 0)
  return total > 0 ? Math.exp(entropy) : 0
}
