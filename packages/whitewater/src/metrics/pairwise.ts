// Inner products and squared distances of all pairs of samples, a block at a time, for MMD, KID and the manifold metrics.
// The full n x m matrix is never held. A quicker engine would replace `multiplyBlocks` and nothing else.
import { centredBlock, mean, type Samples } from '../linalg/covariance.ts'
import { matrix } from '../linalg/matrix.ts'
import { addProduct, mirror, pack, squaredNorms, view, type Packed } from '../linalg/product.ts'

/** values[i * columns + j] belongs to the pair (rowStart + i, columnStart + j). Valid only during the visit. */
export interface PairBlock {
  readonly values: Float64Array
  readonly rowStart: number
  readonly rows: number
  readonly columnStart: number
  readonly columns: number
}

export type Visit = (block: PairBlock) => void

const BLOCK_ROWS = 480
const BLOCK_ELEMENTS = 1 << 22

/** Samples a block: 480, fewer when they are long, so that a packed block stays below 32 MiB. */
const blockSize = (d: number): number => Math.max(24, Math.min(BLOCK_ROWS, Math.floor(BLOCK_ELEMENTS / d)))

function multiplyBlocks(target: Float64Array, a: Packed, b: Packed): void {
  target.fill(0)
  addProduct(target, b.rows, a, b, a === b)
  if (a === b) mirror(target, a.rows)
}

type Finish = (values: Float64Array, a: Packed, b: Packed) => void

function forEachBlock(visit: Visit, finish: Finish, centre: Float64Array, x: Samples, other?: Samples): void {
  const size = blockSize(x.d)
  const buffer = new Float64Array(size * size)
  const y = other ?? x
  for (let rowStart = 0; rowStart < x.n; rowStart += size) {
    const a = pack(view(centredBlock(x, rowStart, Math.min(size, x.n - rowStart), centre)))
    for (let columnStart = 0; columnStart < (other ? y.n : rowStart + 1); columnStart += size) {
      const columns = Math.min(size, y.n - columnStart)
      const diagonal = !other && columnStart === rowStart
      const b = diagonal ? a : pack(view(centredBlock(y, columnStart, columns, centre)))
      const values = buffer.subarray(0, a.rows * columns)
      multiplyBlocks(values, a, b)
      finish(values, a, b)
      visit({ values, rowStart, rows: a.rows, columnStart, columns })
    }
  }
}

/** |a|^2 + |b|^2 - 2 a.b in place of a.b; rounding never makes it negative, and |a - a|^2 is exactly 0. */
function toSquaredDistances(values: Float64Array, a: Packed, b: Packed): void {
  const rowNorms = squaredNorms(a)
  const columnNorms = a === b ? rowNorms : squaredNorms(b)
  const columns = b.rows
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0, at = i * columns; j < columns; j++, at++) {
      values[at] = Math.max(0, rowNorms[i] + columnNorms[j] - 2 * values[at])
    }
  }
}

const keep: Finish = () => {}

/**
 * Visits x_i . y_j for all pairs. Without `y`, the pairs of x with itself: only the blocks on and below the diagonal are
 * visited; an off-diagonal block stands for its mirror image too, and a diagonal one (rowStart === columnStart) is full.
 */
export const forEachInnerProduct = (visit: Visit, x: Samples, y?: Samples): void =>
  forEachBlock(visit, keep, new Float64Array(x.d), x, y)

/** Visits |x_i - y_j|^2 as `forEachInnerProduct` does; both sets are shifted by x's mean first, to save digits. */
export const forEachSquaredDistance = (visit: Visit, x: Samples, y?: Samples): void =>
  forEachBlock(visit, toSquaredDistances, mean(x), x, y)

/** |x_i - x_j|^2 of all n (n - 1) / 2 pairs, in no particular order. */
export function ownSquaredDistances(x: Samples): Float64Array {
  const all = new Float64Array((x.n * (x.n - 1)) / 2)
  let count = 0
  forEachSquaredDistance(({ values, rowStart, rows, columnStart, columns }) => {
    for (let i = 0; i < rows; i++) {
      const end = rowStart === columnStart ? i : columns
      all.set(values.subarray(i * columns, i * columns + end), count)
      count += end
    }
  }, x)
  return all
}

/** `a` and `b` as one set of samples. */
export function pool(a: Samples, b: Samples): Samples {
  const data = matrix(a.n + b.n, a.d).data
  data.set(a.data)
  data.set(b.data, a.data.length)
  return { data, n: a.n + b.n, d: a.d }
}
