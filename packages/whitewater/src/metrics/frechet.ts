// Frechet distance of two Gaussians, |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^{1/2}) (Heusel et al. 2017; FID on Inception features).
import type { CompileOptions } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { choleskyPivoted } from '../linalg/cholesky.ts'
import { covariance, type Moments } from '../linalg/covariance.ts'
import { multiplyOnEngine } from '../linalg/engine-product.ts'
import { trace, type Matrix } from '../linalg/matrix.ts'
import { traceOfSqrtProduct } from '../linalg/roots.ts'
import { eigenvaluesOf } from '../linalg/symmetric.ts'
import { pairOf, samplesOf, type Vectors } from './samples.ts'

/** Mean and covariance (divisor n - 1) of vectors [n, ...], to keep for a data set that is compared against often. */
export const moments = (vectors: Vectors): Moments => covariance(samplesOf(vectors))

function requireSameOrder(a: Moments, b: Moments): void {
  if (a.mean.length === b.mean.length) return
  throw usageError(`got moments of ${a.mean.length} and ${b.mean.length} features, expected the same`)
}

/** The distance given tr (S1 S2)^{1/2}; below 0 by rounding it is 0. */
function distanceGiven(a: Moments, b: Moments, traceOfRoot: number): number {
  const shift = a.mean.reduce((sum, value, j) => sum + (value - b.mean[j]) ** 2, 0)
  return Math.max(0, shift + trace(a.covariance) + trace(b.covariance) - 2 * traceOfRoot)
}

/**
 * Squared Frechet distance from moments; rank-deficient covariances are fine. Rounding below 0 is returned as 0.
 * @throws WhitewaterError (usage) for different dimensions
 */
function frechetOfMoments(a: Moments, b: Moments): number {
  requireSameOrder(a, b)
  return distanceGiven(a, b, traceOfSqrtProduct(a.covariance, b.covariance))
}

/**
 * As `frechetOfMoments`, from one set to many: what depends on `a` alone is computed once, products run on the engine and
 * eigenvalues in LAPACK where there is one. At 2048 features that is seconds instead of minutes.
 */
export function frechetFrom(a: Moments, engine: CompileOptions = {}): (b: Moments) => Promise<number> {
  let factor: Matrix | undefined
  return async (b) => {
    requireSameOrder(a, b)
    factor ??= choleskyPivoted(a.covariance)
    const half = await multiplyOnEngine(b.covariance, factor, { engine })
    const product = await multiplyOnEngine(factor, half, { transposeA: true, engine })
    const { values } = await eigenvaluesOf(product)
    return distanceGiven(
      a,
      b,
      values.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0),
    )
  }
}

/**
 * Squared Frechet distance between Gaussians fitted to x [n, ...] and y [m, ...]; O((n + m) d^2 + d^3).
 * @throws WhitewaterError (usage) for different dimensions or fewer than 2 samples
 */
export function frechetDistance(x: Vectors, y: Vectors): number {
  const [a, b] = pairOf(x, y)
  return frechetOfMoments(covariance(a), covariance(b))
}
