// The path from N(0, I) to preconditioned data x~1 = P x1, for an invertible linear P (Theorem 4.1).
import { usageError } from '../errors.ts'
import { identity, matrix, type Matrix } from '../linalg/matrix.ts'
import { multiply, multiplyOwnTranspose, multiplyVector } from '../linalg/product.ts'
import { fromEigen } from '../linalg/roots.ts'
import { checkShape, checkTime } from './check.ts'
import { gaussianOf, pathCovariance, type Gaussian } from './gaussian.ts'

/** P Sigma P^T as (P Q lambda^{1/2}) (P Q lambda^{1/2})^T, so that it is symmetric and no square is lost to cancellation. */
function preconditionedCovariance({ eigen }: Gaussian, p: Matrix): Matrix {
  const { values, vectors } = eigen
  const d = values.length
  checkShape('P', p, d)
  const root = vectors.data.map((value, index) => value * Math.sqrt(values[index % d]))
  return multiplyOwnTranspose(multiply(p, matrix(d, d, root)))
}

/**
 * The law N(P m, P Sigma P^T) of x~1 = P x1 for P [d, d]: every result for a Gaussian holds for it as it is.
 * @throws WhitewaterError (usage) for a P of another shape or one that is singular
 */
export function preconditioned(gaussian: Gaussian, p: Matrix): Gaussian {
  return gaussianOf(preconditionedCovariance(gaussian, p), multiplyVector(p, gaussian.mean), 'P Sigma P^T')
}

/** S~_t = (1 - t)^2 I + t^2 P Sigma P^T (Theorem 4.1), [d, d]. @throws as `preconditioned`, or for t outside [0, 1] */
export const preconditionedPathCovariance = (gaussian: Gaussian, p: Matrix, t: number): Matrix =>
  pathCovariance(preconditioned(gaussian, p), t)

/** P = Sigma^{-1/2}, symmetric, [d, d]: the whitening that makes kappa(S~_t) = 1 at every t (Theorem 4.1a). */
export const exactWhitening = ({ eigen }: Gaussian): Matrix =>
  fromEigen(
    eigen,
    eigen.values.map((lambda) => 1 / Math.sqrt(lambda)),
  )

/** The law N(P m, I) of x~1 under `exactWhitening`, free of rounding and in Sigma's own eigendirections (Theorem 4.1a). */
export const whitenedLaw = (gaussian: Gaussian): Gaussian => ({
  mean: multiplyVector(exactWhitening(gaussian), gaussian.mean),
  covariance: identity(gaussian.mean.length),
  eigen: { values: new Float64Array(gaussian.mean.length).fill(1), vectors: gaussian.eigen.vectors },
})

/** (1 - t)^2 + t^2, every eigenvalue of S~_t under exact whitening (Eq. 21). @throws WhitewaterError (usage) for t outside [0, 1] */
export function whitenedPathEigenvalue(t: number): number {
  checkTime(t)
  return (1 - t) ** 2 + t ** 2
}

export interface Bounds {
  /** a > 0 with a I <= P Sigma P^T. */
  readonly lower: number
  /** b with P Sigma P^T <= b I. */
  readonly upper: number
}

/** The tightest a and b with a I <= P Sigma P^T <= b I. @throws as `preconditioned` */
export function preconditionedBounds(gaussian: Gaussian, p: Matrix): Bounds {
  const { values } = preconditioned(gaussian, p).eigen
  return { lower: values[values.length - 1], upper: values[0] }
}

/**
 * The bound ((1 - t)^2 + t^2 b) / ((1 - t)^2 + t^2 a) on kappa(S~_t) (Eq. 22), an equality for the tightest a and b.
 * @throws WhitewaterError (usage) unless 0 < a <= b and t lies in [0, 1]
 */
export function conditionBound({ lower, upper }: Bounds, t: number): number {
  checkTime(t)
  if (!(lower > 0 && upper >= lower && upper < Infinity))
    throw usageError(`got bounds a = ${lower} and b = ${upper}, expected 0 < a <= b`)
  return ((1 - t) ** 2 + t ** 2 * upper) / ((1 - t) ** 2 + t ** 2 * lower)
}
