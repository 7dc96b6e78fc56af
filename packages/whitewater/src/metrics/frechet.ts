// Frechet distance of two Gaussians, |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^{1/2}) (Heusel et al. 2017; FID on Inception features).
import { WhitewaterError } from '../errors.ts'
import { covariance, type Moments } from '../linalg/covariance.ts'
import { trace } from '../linalg/matrix.ts'
import { traceOfSqrtProduct } from '../linalg/roots.ts'
import { pairOf, samplesOf, type Vectors } from './samples.ts'

/** Mean and covariance (divisor n - 1) of vectors [n, ...], to keep for a data set that is compared against often. */
export const moments = (vectors: Vectors): Moments => covariance(samplesOf(vectors))

/**
 * Squared Frechet distance from moments; rank-deficient covariances are fine. Rounding below 0 is returned as 0.
 * @throws WhitewaterError (usage) for different dimensions
 */
export function frechetOfMoments(a: Moments, b: Moments): number {
  if (a.mean.length !== b.mean.length) {
    throw new WhitewaterError(
      'usage',
      `got moments of ${a.mean.length} and ${b.mean.length} features, expected the same`,
    )
  }
  const shift = a.mean.reduce((sum, value, j) => sum + (value - b.mean[j]) ** 2, 0)
  const spread =
    trace(a.covariance) + trace(b.covariance) - 2 * traceOfSqrtProduct(a.covariance, b.covariance)
  return Math.max(0, shift + spread)
}

/**
 * Squared Frechet distance between Gaussians fitted to x [n, ...] and y [m, ...]; O((n + m) d^2 + d^3).
 * @throws WhitewaterError (usage) for different dimensions or fewer than 2 samples
 */
export function frechetDistance(x: Vectors, y: Vectors): number {
  const [a, b] = pairOf(x, y)
  return frechetOfMoments(covariance(a), covariance(b))
}
