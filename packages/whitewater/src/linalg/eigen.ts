// Eigenvalues and eigenvectors of symmetric matrices, A = Q diag(lambda) Q^T, largest first.
import { diagonalise } from './implicit-ql.ts'
import { matrix, requireSquare, transpose, type Matrix } from './matrix.ts'
import { accumulateTransposed, tridiagonalise } from './tridiagonal.ts'

export interface Eigen {
  /** Descending, [n]. */
  readonly values: Float64Array
  /** Orthonormal eigenvectors as columns, [n, n]; the largest-magnitude entry of each is positive. */
  readonly vectors: Matrix
}

/** The order of a square matrix of finite numbers. @throws RangeError for any other */
export function requireFinite(a: Matrix): number {
  const n = requireSquare(a, 'eigenvalues')
  const at = a.data.findIndex((value) => !Number.isFinite(value))
  if (at >= 0) {
    throw new RangeError(
      `eigenvalues need finite entries, got ${a.data[at]} at (${Math.floor(at / n)}, ${at % n})`,
    )
  }
  return n
}

/** The eigenvalues alone, descending; a third of the time of `eigenSymmetric`. Only the lower triangle is read. */
export function eigenvaluesSymmetric(a: Matrix): Float64Array {
  const { diagonal, subdiagonal } = tridiagonalise(a.data, requireFinite(a))
  diagonalise(diagonal, subdiagonal)
  return diagonal.sort().reverse()
}

/**
 * Full eigendecomposition of a symmetric matrix, by Householder and implicit QL. Only the lower triangle is read.
 * Deterministic, signs included. Eigenvalues are accurate to about 1e-16 n max|lambda| in absolute terms.
 * @throws RangeError for a matrix that is not square or holds NaN or Infinity
 */
export function eigenSymmetric(a: Matrix): Eigen {
  const n = requireFinite(a)
  const form = tridiagonalise(a.data, n)
  const rows = accumulateTransposed(form)
  const { diagonal, subdiagonal } = form
  diagonalise(diagonal, subdiagonal, rows)
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j] - diagonal[i])
  const sorted = matrix(n, n)
  order.forEach((from, to) => {
    const row = rows.subarray(from * n, from * n + n)
    sorted.data.set(largestIsNegative(row) ? row.map((value) => -value) : row, to * n)
  })
  return { values: Float64Array.from(order, (from) => diagonal[from]), vectors: transpose(sorted) }
}

/** Whether an eigenvector is to be turned round, so that its largest-magnitude entry is positive. */
export function largestIsNegative(vector: Float64Array): boolean {
  let largest = 0
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value
  return largest < 0
}
