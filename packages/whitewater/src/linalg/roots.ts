// Functions of symmetric positive (semi)definite matrices: square roots, condition number, and the trace term of the
// Frechet distance.
import { WhitewaterError } from '../errors.ts'
import { choleskyPivoted } from './cholesky.ts'
import { eigenSymmetric, eigenvaluesSymmetric, type Eigen } from './eigen.ts'
import { matrix, requireSquare, type Matrix } from './matrix.ts'
import { multiply, multiplyOwnTranspose, transposedMultiply } from './product.ts'

/** Q diag(f) Q^T for eigenvectors Q and non-negative `values`, exactly symmetric. */
export function fromEigen({ vectors }: Eigen, values: ArrayLike<number>): Matrix {
  const n = vectors.rows
  const roots = Float64Array.from(values, Math.sqrt)
  const scaled = vectors.data.map((value, index) => value * roots[index % n])
  return multiplyOwnTranspose(matrix(n, n, scaled))
}

/** Eigenvalues below floor x lambda_max raised to it, and how many were. @throws when no eigenvalue is positive */
export function floorEigenvalues(
  values: Float64Array,
  floor: number,
): { values: Float64Array; floored: number } {
  if (!(values[0] > 0)) {
    throw new WhitewaterError(
      'failure',
      `largest eigenvalue is ${values[0]}, expected > 0: the data does not vary`,
    )
  }
  const least = floor * values[0]
  return {
    values: values.map((value) => Math.max(value, least)),
    floored: values.reduce((count, value) => count + (value < least ? 1 : 0), 0),
  }
}

/** A^{1/2} for positive semidefinite A; eigenvalues that rounding made negative count as 0. */
export function sqrtSymmetric(a: Matrix): Matrix {
  const eigen = eigenSymmetric(a)
  return fromEigen(
    eigen,
    eigen.values.map((value) => Math.sqrt(Math.max(value, 0))),
  )
}

/**
 * A^{-1/2}, with eigenvalues below `floor` x lambda_max raised to it first.
 * @throws WhitewaterError (failure) when the largest, or with floor 0 the smallest, eigenvalue is not positive
 */
export function inverseSqrtSymmetric(a: Matrix, { floor = 0 }: { readonly floor?: number } = {}): Matrix {
  const eigen = eigenSymmetric(a)
  const { values } = floorEigenvalues(eigen.values, floor)
  const smallest = values.at(-1) ?? 0
  if (!(smallest > 0)) {
    throw new WhitewaterError('failure', `smallest eigenvalue is ${smallest}: give a floor such as 1e-6`)
  }
  return fromEigen(
    eigen,
    values.map((value) => 1 / Math.sqrt(value)),
  )
}

/** kappa = lambda_max / lambda_min (Eq. 5) of descending eigenvalues; Infinity when the smallest is not positive. */
export function conditionOf(values: ArrayLike<number>): number {
  const smallest = values[values.length - 1]
  return smallest > 0 ? values[0] / smallest : Infinity
}

/** kappa(A) of a symmetric positive semidefinite matrix (Eq. 5); Infinity when it is singular. */
export const conditionNumber = (a: Matrix): number => conditionOf(eigenvaluesSymmetric(a))

/**
 * tr (S1 S2)^{1/2} of two positive semidefinite matrices. With S1 = F F^T (pivoted Cholesky), S1 S2 has the nonzero
 * eigenvalues of F^T S2 F, as S1^{1/2} S2 S1^{1/2} has: no matrix root, and a rank-deficient S1 only makes it smaller.
 */
export function traceOfSqrtProduct(s1: Matrix, s2: Matrix): number {
  const n = requireSquare(s1, 'trace of a root')
  if (requireSquare(s2, 'trace of a root') !== n) {
    throw new RangeError(`cannot compare a ${n} x ${n} with a ${s2.rows} x ${s2.rows} covariance`)
  }
  const factor = choleskyPivoted(s1)
  const values = eigenvaluesSymmetric(transposedMultiply(factor, multiply(s2, factor)))
  return values.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0)
}
