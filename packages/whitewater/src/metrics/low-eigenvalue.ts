// Low-eigenvalue recovery (experiment 3): do generated samples carry the right variance along the real data's smallest directions, where a
// small loss can hide a large error (Eq. 23-24)?
import { WhitewaterError } from '../errors.ts'
import { covariance } from '../linalg/covariance.ts'
import { eigenSymmetric, eigenvaluesSymmetric } from '../linalg/eigen.ts'
import { leadingColumns } from '../linalg/matrix.ts'
import { multiply, transposedMultiply } from '../linalg/product.ts'
import { pairOf, type Vectors } from './samples.ts'

export interface LowEigenvalueOptions {
  /** Share of the real eigen-directions, from the smallest up, that counts as low (default 1/4; at least one direction). */
  readonly fraction?: number
  /** Real directions below floor x lambda_max carry nothing but rounding and are left out (default 1e-10). */
  readonly floor?: number
}

export interface LowEigenvalueRecovery {
  /** mean_j |var_generated(q_j) - lambda_j| / lambda_j over the low directions; 0 is perfect, 1 is collapse. */
  readonly relativeError: number
  /** Smallest eigenvalue of the generated covariance over that of the real one, both on the real data's support. */
  readonly smallestEigenvalueRatio: number
  /** lambda_j of the low directions, ascending. */
  readonly eigenvalues: Float64Array
  /** Generated variance along the same directions. */
  readonly variances: Float64Array
  /** Directions left out by the floor. */
  readonly skipped: number
}

/**
 * Compares the variance of `generated` [m, ...] along the lowest eigen-directions q_j of Cov(real), real [n, ...], with the eigenvalues
 * lambda_j. Covariances have divisor n - 1; O((n + m) d^2 + d^3).
 * @throws WhitewaterError (usage) for different dimensions, fewer than 2 samples or a fraction outside (0, 1];
 *   (failure) when the real data does not vary
 */
export function lowEigenvalueRecovery(
  real: Vectors,
  generated: Vectors,
  { fraction = 0.25, floor = 1e-10 }: LowEigenvalueOptions = {},
): LowEigenvalueRecovery {
  if (!(fraction > 0 && fraction <= 1)) {
    throw new WhitewaterError('usage', `got fraction ${fraction}, expected more than 0 and at most 1`)
  }
  const [x, y] = pairOf(real, generated)
  const { values, vectors } = eigenSymmetric(covariance(x).covariance)
  const kept = values.filter((lambda) => lambda > floor * values[0]).length
  if (kept === 0)
    throw new WhitewaterError('failure', 'real samples are all the same, expected data that varies')
  const support = leadingColumns(vectors, kept)
  const inSupport = transposedMultiply(support, multiply(covariance(y).covariance, support))
  const low = Math.max(1, Math.floor(fraction * kept))
  const eigenvalues = values.slice(kept - low, kept).reverse()
  const variances = Float64Array.from({ length: low }, (_, j) => inSupport.data[(kept - 1 - j) * (kept + 1)])
  const error = eigenvalues.reduce((sum, lambda, j) => sum + Math.abs(variances[j] - lambda) / lambda, 0)
  return {
    relativeError: error / low,
    smallestEigenvalueRatio: (eigenvaluesSymmetric(inSupport).at(-1) ?? 0) / values[kept - 1],
    eigenvalues,
    variances,
    skipped: values.length - kept,
  }
}
