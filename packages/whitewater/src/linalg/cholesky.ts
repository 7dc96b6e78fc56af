// Cholesky factors A = L L^T, plain and pivoted, with the solves and log-determinant they give.
import { WhitewaterError } from '../errors.ts'
import { matrix, requireSquare, type Matrix } from './matrix.ts'

/** Inner product of the first `length` entries of rows i and j of a row-major array. */
function rowDot(data: Float64Array, stride: number, i: number, j: number, length: number): number {
  let sum = 0
  for (let k = 0, a = i * stride, b = j * stride; k < length; k++) sum += data[a + k] * data[b + k]
  return sum
}

/**
 * Lower-triangular L with A = L L^T. Only A's lower triangle is read.
 * @throws WhitewaterError (failure) naming the pivot where A is not positive definite
 */
export function cholesky(a: Matrix): Matrix {
  const n = requireSquare(a, 'Cholesky')
  const factor = matrix(n, n)
  const l = factor.data
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      l[i * n + j] = (a.data[i * n + j] - rowDot(l, n, i, j, j)) / l[j * n + j]
    }
    const pivot = a.data[i * n + i] - rowDot(l, n, i, i, i)
    if (!(pivot > 0)) {
      throw new WhitewaterError(
        'failure',
        `matrix is not positive definite: pivot ${i} of ${n} is ${pivot}; add a small multiple of the identity`,
      )
    }
    l[i * n + i] = Math.sqrt(pivot)
  }
  return factor
}

/**
 * F [n, r] with A = F F^T for a positive *semi*definite A of numerical rank r, by diagonal pivoting: rows keep A's order,
 * and the remainder left out has every diagonal entry <= n eps max(diag A) (LAPACK dpstrf's tolerance).
 */
export function choleskyPivoted(a: Matrix): Matrix {
  const n = requireSquare(a, 'pivoted Cholesky')
  const remainder = Float64Array.from({ length: n }, (_, i) => a.data[i * n + i])
  const tolerance = n * Number.EPSILON * remainder.reduce((largest, value) => Math.max(largest, value), 0)
  const factor = new Float64Array(n * n)
  const done = new Uint8Array(n)
  let rank = 0
  for (; rank < n; rank++) {
    let pivot = -1
    for (let i = 0; i < n; i++) if (!done[i] && (pivot < 0 || remainder[i] > remainder[pivot])) pivot = i
    if (!(remainder[pivot] > tolerance)) break
    const root = Math.sqrt(remainder[pivot])
    for (let i = 0; i < n; i++) {
      if (done[i] || i === pivot) continue
      const value = (a.data[i * n + pivot] - rowDot(factor, n, i, pivot, rank)) / root
      factor[i * n + rank] = value
      remainder[i] -= value * value
    }
    factor[pivot * n + rank] = root
    done[pivot] = 1
  }
  const result = matrix(n, rank)
  for (let i = 0; i < n; i++) result.data.set(factor.subarray(i * n, i * n + rank), i * rank)
  return result
}

/** Solves L X = B (or L^T X = B) for lower-triangular L [n, n] and B [n, m], by substitution. */
export function solveTriangular(l: Matrix, b: Matrix, { transposed = false } = {}): Matrix {
  const n = requireSquare(l, 'triangular solve')
  const m = b.columns
  if (b.rows !== n)
    throw new RangeError(`cannot solve a system of ${n} equations for ${b.rows} right-hand rows`)
  const x = Float64Array.from(b.data)
  for (let step = 0; step < n; step++) {
    const i = transposed ? n - 1 - step : step
    const row = x.subarray(i * m, i * m + m)
    const [from, to] = transposed ? [i + 1, n] : [0, i]
    for (let k = from; k < to; k++) {
      const factor = transposed ? l.data[k * n + i] : l.data[i * n + k]
      if (factor === 0) continue
      for (let j = 0, at = k * m; j < m; j++, at++) row[j] -= factor * x[at]
    }
    for (let j = 0; j < m; j++) row[j] /= l.data[i * n + i]
  }
  return matrix(n, m, x)
}

/** L^{-1} of a lower-triangular L [n, n], lower triangular too; n^3 / 3 operations, a third of a solve for the identity. */
export function invertLower(l: Matrix): Matrix {
  const n = requireSquare(l, 'triangular inverse')
  const inverse = matrix(n, n)
  const x = inverse.data
  for (let i = 0; i < n; i++) {
    const row = i * n
    for (let k = 0; k < i; k++) {
      const factor = l.data[row + k]
      for (let j = 0, at = k * n; j <= k; j++, at++) x[row + j] -= factor * x[at]
    }
    const pivot = l.data[row + i]
    for (let j = 0; j < i; j++) x[row + j] /= pivot
    x[row + i] = 1 / pivot
  }
  return inverse
}

/** X with A X = B for symmetric positive definite A. @throws as `cholesky` */
export function solve(a: Matrix, b: Matrix): Matrix {
  const l = cholesky(a)
  return solveTriangular(l, solveTriangular(l, b), { transposed: true })
}

/** ln det A of a symmetric positive definite A. @throws as `cholesky` */
export function logDeterminant(a: Matrix): number {
  const l = cholesky(a)
  let sum = 0
  for (let i = 0; i < l.rows; i++) sum += Math.log(l.data[i * l.rows + i])
  return 2 * sum
}
