// Exact flow matching between N(0, I) and N(m, Sigma): the path's moments, the best linear predictor of the velocity and what a
// worse one costs (section 3.1 of the paper; Prop. 3.1, Lemma 3.2, Cor. F.3.1).
import { eigenSymmetric, type Eigen } from '../linalg/eigen.ts'
import { combine, identity, matrix, type Matrix } from '../linalg/matrix.ts'
import { multiply, multiplyTransposed } from '../linalg/product.ts'
import { conditionOf } from '../linalg/roots.ts'
import {
  checkPoint,
  checkPositive,
  checkPositiveDefinite,
  checkShape,
  checkSymmetric,
  checkTime,
} from './check.ts'

/** x1 ~ N(mean, covariance), factorised once: the covariance of x_t has the same eigenvectors at every t. */
export interface Gaussian {
  /** m, [d]. */
  readonly mean: Float64Array
  /** Sigma, [d, d]. */
  readonly covariance: Matrix
  /** Sigma = Q diag(lambda) Q^T, descending. */
  readonly eigen: Eigen
}

/**
 * N(mean, covariance) for mean [d] (zero unless given) and covariance [d, d]; `name` is what errors call the covariance.
 * @throws WhitewaterError (usage) for a covariance that is not symmetric or not positive definite, or a mean of another length
 */
export function gaussianOf(covariance: Matrix, mean?: ArrayLike<number>, name = 'covariance'): Gaussian {
  checkSymmetric(covariance, name)
  const d = covariance.rows
  if (mean) checkPoint(mean, d, 'mean')
  const eigen = eigenSymmetric(covariance)
  checkPositiveDefinite(eigen.values, name)
  return { mean: Float64Array.from(mean ?? new Float64Array(d)), covariance, eigen }
}

/** Q diag(values) Q^T for values of either sign. */
export function spectral({ vectors }: Eigen, values: Float64Array): Matrix {
  const n = vectors.rows
  const scaled = matrix(
    n,
    n,
    vectors.data.map((value, index) => value * values[index % n]),
  )
  return multiplyTransposed(scaled, vectors)
}

/**
 * lambda_j(S_t) = (1 - t)^2 + t^2 lambda_j (Eq. 6) for the eigenvalues lambda [d] of the data's covariance.
 * @throws WhitewaterError (usage) for t outside [0, 1]
 */
export function pathEigenvalues(eigenvalues: Float64Array, t: number): Float64Array {
  checkTime(t)
  return eigenvalues.map((lambda) => (1 - t) ** 2 + t ** 2 * lambda)
}

/**
 * kappa(S_t) (Eq. 13) from the descending eigenvalues of the data's covariance; Infinity at t = 1 when it is singular.
 * @throws as `pathEigenvalues`
 */
export const pathCondition = (eigenvalues: Float64Array, t: number): number =>
  conditionOf(pathEigenvalues(eigenvalues, t))

/** Eigenvalues of A*_t, (t lambda_j - (1 - t)) / lambda_j(S_t) (Eq. 8), [d]. @throws as `pathEigenvalues` */
export function velocityEigenvalues(eigenvalues: Float64Array, t: number): Float64Array {
  const s = pathEigenvalues(eigenvalues, t)
  return eigenvalues.map((lambda, j) => (t * lambda - (1 - t)) / s[j])
}

/** S_t = Cov(x_t) = (1 - t)^2 I + t^2 Sigma (Eq. 6), [d, d]. @throws WhitewaterError (usage) for t outside [0, 1] */
export function pathCovariance({ covariance }: Gaussian, t: number): Matrix {
  checkTime(t)
  return combine((1 - t) ** 2, identity(covariance.rows), t ** 2, covariance)
}

/** C_t = Cov(u, x_t) = t Sigma - (1 - t) I (Eq. 14), [d, d]. @throws WhitewaterError (usage) for t outside [0, 1] */
export function crossCovariance({ covariance }: Gaussian, t: number): Matrix {
  checkTime(t)
  return combine(t, covariance, t - 1, identity(covariance.rows))
}

/** A*_t = C_t S_t^{-1}, the best linear predictor of u from x_t and the exact one (Eq. 7-8), [d, d]. @throws as `pathCovariance` */
export const velocityMatrix = ({ eigen }: Gaussian, t: number): Matrix =>
  spectral(eigen, velocityEigenvalues(eigen.values, t))

/** lambda_j / lambda_j(S_t): the eigenvalues of `conditionalCovariance`. */
const conditionalEigenvalues = ({ eigen }: Gaussian, t: number): Float64Array =>
  pathEigenvalues(eigen.values, t).map((s, j) => eigen.values[j] / s)

/** Cov(u | x_t) = I + Sigma - C_t S_t^{-1} C_t^T = Sigma S_t^{-1}, the same for every x_t (Eq. 4), [d, d]. @throws as `pathCovariance` */
export const conditionalCovariance = (gaussian: Gaussian, t: number): Matrix =>
  spectral(gaussian.eigen, conditionalEigenvalues(gaussian, t))

/** L_t(A*_t) = tr Cov(u | x_t), the loss that no predictor goes below (Lemma 3.2). @throws as `pathCovariance` */
export const irreducibleLoss = (gaussian: Gaussian, t: number): number =>
  conditionalEigenvalues(gaussian, t).reduce((sum, value) => sum + value, 0)

/**
 * (A - A*_t) Q, [d, d]: column j is the error e_j = (A - A*_t) q_j along the eigendirection q_j.
 * @throws WhitewaterError (usage) for t outside [0, 1] or an A that is not [d, d]
 */
export function errorByDirection(gaussian: Gaussian, t: number, a: Matrix): Matrix {
  const { vectors } = gaussian.eigen
  checkShape('A', a, vectors.rows)
  return multiply(combine(1, a, -1, velocityMatrix(gaussian, t)), vectors)
}

/** |e_j|^2 of the columns of a matrix [d, d]. */
export function squaredColumns({ data, columns }: Matrix): Float64Array {
  const sums = new Float64Array(columns)
  data.forEach((value, index) => (sums[index % columns] += value * value))
  return sums
}

/** The excess risk's share of each eigendirection, lambda_j(S_t) |(A - A*) q_j|^2 (Eq. 23, Cor. F.3.1), [d]. @throws as `errorByDirection` */
export function excessByDirection(gaussian: Gaussian, t: number, a: Matrix): Float64Array {
  const s = pathEigenvalues(gaussian.eigen.values, t)
  return squaredColumns(errorByDirection(gaussian, t, a)).map((error, j) => s[j] * error)
}

/** tr[(A - A*) S_t (A - A*)^T], what A loses above `irreducibleLoss` (Eq. 12). @throws as `errorByDirection` */
export const excessRisk = (gaussian: Gaussian, t: number, a: Matrix): number =>
  excessByDirection(gaussian, t, a).reduce((sum, value) => sum + value, 0)

/** L_t(A) = E|A (x_t - t m) + m - u|^2 (Eq. 9-11). @throws as `errorByDirection` */
export const linearLoss = (gaussian: Gaussian, t: number, a: Matrix): number =>
  irreducibleLoss(gaussian, t) + excessRisk(gaussian, t, a)

/**
 * epsilon / lambda_j(S_t), [d]: all that an excess risk of at most epsilon says of |(A - A*) q_j|^2 (Eq. 24). A small loss can hide a
 * large error along directions of low variance.
 * @throws WhitewaterError (usage) for t outside [0, 1] or epsilon not positive
 */
export function hiddenErrorBound({ eigen }: Gaussian, t: number, epsilon: number): Float64Array {
  checkPositive('epsilon', epsilon)
  return pathEigenvalues(eigen.values, t).map((s) => epsilon / s)
}
