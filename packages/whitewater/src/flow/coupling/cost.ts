// Squared Euclidean distances between all rows of two batches: the transport cost whose straight lines flow matching follows.
import { addProduct, pack, squaredNorms, type Packed } from '../../linalg/product.ts'

const packed = (x: Float32Array, rows: number, columns: number): Packed =>
  pack({ data: x, offset: 0, rows, columns, rowStride: columns, columnStride: 1 })

/**
 * |a_i - b_j|^2, [n, n] row-major, as |a_i|^2 + |b_j|^2 - 2 a_i.b_j in float64: the error is about 1e-16 of the squared
 * norms, far below the rounding of float32 samples themselves, unless the mean is 1e4 times the spread.
 */
export function squaredDistances(a: Float32Array, b: Float32Array, n: number, d: number): Float64Array {
  const left = packed(a, n, d)
  const right = packed(b, n, d)
  const leftNorms = squaredNorms(left)
  const rightNorms = squaredNorms(right)
  const cost = new Float64Array(n * n)
  addProduct(cost, n, left, right)
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) cost[at] = Math.max(0, leftNorms[i] + rightNorms[j] - 2 * cost[at])
  }
  return cost
}
