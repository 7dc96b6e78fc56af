// Matrix products. One register-tiled kernel, C += A B^T over packed rows, serves every variant, the covariance and the
// pairwise metrics: three rows against three rows is what fits the 16 scalar registers (about five times as quick as plain i-k-j loops).
import { matrix, type Matrix } from './matrix.ts'

export type Reals = Float32Array | Float64Array

/** A matrix read through strides, so that a transpose or a block of rows costs nothing. */
export interface View {
  readonly data: Reals
  readonly offset: number
  readonly rows: number
  readonly columns: number
  readonly rowStride: number
  readonly columnStride: number
}

/** Rows regrouped for the kernel: panels of three interleaved rows, the last one filled up with zeros. */
export interface Packed {
  readonly data: Float64Array
  readonly rows: number
  readonly depth: number
}

const TILE = 3
// Two panels of 3 x 512 doubles share the 32 KB first-level cache; 32 panels of them stay in the second.
const DEPTH = 512
const PANELS = 32

export const view = ({ data, rows, columns }: Matrix): View => ({
  data,
  offset: 0,
  rows,
  columns,
  rowStride: columns,
  columnStride: 1,
})

export const transposed = ({ data, offset, rows, columns, rowStride, columnStride }: View): View => ({
  data,
  offset,
  rows: columns,
  columns: rows,
  rowStride: columnStride,
  columnStride: rowStride,
})

export function pack({ data, offset, rows, columns, rowStride, columnStride }: View): Packed {
  const packed = new Float64Array(Math.ceil(rows / TILE) * TILE * columns)
  for (let i = 0; i < rows; i++) {
    const lane = i % TILE
    let target = (i - lane) * columns + lane
    let source = offset + i * rowStride
    for (let k = 0; k < columns; k++, target += TILE, source += columnStride) packed[target] = data[source]
  }
  return { data: packed, rows, depth: columns }
}

const sums = new Float64Array(TILE * TILE)

/** Inner products of one panel of `a` with one panel of `b`, over `depth` entries, into `sums`. */
function tile(a: Float64Array, aStart: number, b: Float64Array, bStart: number, depth: number): void {
  let c00 = 0
  let c01 = 0
  let c02 = 0
  let c10 = 0
  let c11 = 0
  let c12 = 0
  let c20 = 0
  let c21 = 0
  let c22 = 0
  const end = aStart + TILE * depth
  for (let i = aStart, j = bStart; i < end; i += TILE, j += TILE) {
    const x0 = a[i]
    const x1 = a[i + 1]
    const x2 = a[i + 2]
    const y0 = b[j]
    const y1 = b[j + 1]
    const y2 = b[j + 2]
    c00 += x0 * y0
    c01 += x0 * y1
    c02 += x0 * y2
    c10 += x1 * y0
    c11 += x1 * y1
    c12 += x1 * y2
    c20 += x2 * y0
    c21 += x2 * y1
    c22 += x2 * y2
  }
  sums[0] = c00
  sums[1] = c01
  sums[2] = c02
  sums[3] = c10
  sums[4] = c11
  sums[5] = c12
  sums[6] = c20
  sums[7] = c21
  sums[8] = c22
}

function addTile(
  target: Float64Array,
  stride: number,
  i: number,
  j: number,
  rows: number,
  columns: number,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) target[(i + r) * stride + j + c] += sums[r * TILE + c]
  }
}

/**
 * C += A B^T for packed A (m x k) and B (n x k), into row-major `target` of `stride` entries a row.
 * With `lower`, tiles wholly above the diagonal are left out (A = B: half the work; see `mirror`).
 */
export function addProduct(target: Float64Array, stride: number, a: Packed, b: Packed, lower = false): void {
  if (a.depth !== b.depth)
    throw new RangeError(`cannot multiply rows of ${a.depth} with rows of ${b.depth} entries`)
  const { depth } = a
  for (let k = 0; k < depth; k += DEPTH) {
    const length = Math.min(DEPTH, depth - k)
    for (let block = 0; block < a.rows; block += PANELS * TILE) {
      const blockEnd = Math.min(a.rows, block + PANELS * TILE)
      for (let j = 0; j < (lower ? blockEnd : b.rows); j += TILE) {
        const columns = Math.min(TILE, b.rows - j)
        for (let i = lower ? Math.max(block, j) : block; i < blockEnd; i += TILE) {
          tile(a.data, i * depth + k * TILE, b.data, j * depth + k * TILE, length)
          addTile(target, stride, i, j, Math.min(TILE, a.rows - i), columns)
        }
      }
    }
  }
}

/** Squared norm of every row, summed in the kernel's order: |x|^2 equals its inner product x.x bit for bit. */
export function squaredNorms({ data, rows, depth }: Packed): Float64Array {
  const norms = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const lane = i % TILE
    const start = (i - lane) * depth + lane
    for (let k = 0; k < depth; k += DEPTH) {
      let sum = 0
      for (let p = k; p < Math.min(depth, k + DEPTH); p++) sum += data[start + p * TILE] ** 2
      norms[i] += sum
    }
  }
  return norms
}

/** Copies the lower triangle of a row-major n x n array onto the upper one. */
export function mirror(data: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) data[j * n + i] = data[i * n + j]
  }
}

function product(a: View, b: View): Matrix {
  const result = matrix(a.rows, b.rows)
  addProduct(result.data, b.rows, pack(a), pack(b))
  return result
}

/** A B. */
export const multiply = (a: Matrix, b: Matrix): Matrix => product(view(a), transposed(view(b)))

/** A B^T. */
export const multiplyTransposed = (a: Matrix, b: Matrix): Matrix => product(view(a), view(b))

/** A^T B. */
export const transposedMultiply = (a: Matrix, b: Matrix): Matrix =>
  product(transposed(view(a)), transposed(view(b)))

/** A A^T, exactly symmetric, at half the cost of a general product. */
export function multiplyOwnTranspose(a: Matrix): Matrix {
  const result = matrix(a.rows, a.rows)
  const packed = pack(view(a))
  addProduct(result.data, a.rows, packed, packed, true)
  mirror(result.data, a.rows)
  return result
}

/** A x for a vector x of `columns` entries. */
export function multiplyVector({ data, rows, columns }: Matrix, x: ArrayLike<number>): Float64Array {
  if (x.length !== columns)
    throw new RangeError(`cannot multiply a ${rows} x ${columns} matrix with ${x.length} entries`)
  const result = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let j = 0; j < columns; j++) sum += data[i * columns + j] * x[j]
    result[i] = sum
  }
  return result
}
