// Sliced Wasserstein distance: exact 1-D distances averaged over directions (Bonneel et al. 2015), SW2 = sqrt(mean_l W2^2(X p_l, Y p_l)).
import { ndarray, randomStream } from '@whitewater/tensor'
import { WhitewaterError } from '../errors.ts'
import { flatten, type Samples } from '../linalg/covariance.ts'
import { addProduct, pack, type Packed, type View } from '../linalg/product.ts'
import { pairOf, type Vectors } from './samples.ts'
import { sortedLineDistances } from './wasserstein1d.ts'

export interface SlicedOptions {
  /** Directions as columns, [d, L], used as given (unit length expected); otherwise drawn from `seed`. */
  readonly projections?: Vectors
  /** Number of random directions (default 128). */
  readonly count?: number
  readonly seed?: number
}

export interface SlicedWasserstein {
  /** sqrt of the mean of W2^2 over directions, in the units of the data. */
  readonly w2: number
  /** Mean of W1 over directions. */
  readonly w1: number
  /** W2^2 of each direction, [L]. */
  readonly w2Squared: Float64Array
}

/** `count` directions uniform on the unit sphere of R^d, as columns [d, count]. */
export function randomDirections(d: number, count: number, seed: number): Vectors {
  const directions = Float64Array.from(
    randomStream(seed)
      .split('directions')
      .normal(d * count),
  )
  for (let l = 0; l < count; l++) {
    let squared = 0
    for (let j = 0; j < d; j++) squared += directions[j * count + l] ** 2
    for (let j = 0; j < d; j++) directions[j * count + l] /= Math.sqrt(squared)
  }
  return ndarray(directions, [d, count])
}

const GROUP_DIRECTIONS = 64
const BLOCK_ROWS = 2048

/** Projections [directions, n] of all samples, a row a direction. */
function project({ data, n, d }: Samples, directions: Packed): Float64Array {
  const projected = new Float64Array(directions.rows * n)
  for (let start = 0; start < n; start += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, n - start)
    const block = pack({ data, offset: start * d, rows, columns: d, rowStride: d, columnStride: 1 })
    addProduct(projected.subarray(start), n, directions, block)
  }
  return projected
}

/** Columns `start .. start + count` of projections [d, total], as rows. */
const columnsOf = ({ data, n: d, d: total }: Samples, start: number, count: number): View => ({
  data,
  offset: start,
  rows: count,
  columns: d,
  rowStride: 1,
  columnStride: total,
})

/**
 * Sliced W2 (and W1) between x [n, ...] and y [m, ...]; unequal sizes go through the quantile coupling. O(L ((n + m) d + sort)).
 * @throws WhitewaterError (usage) for different dimensions, fewer than 2 samples, or projections that are not [d, L]
 */
export function slicedWasserstein(
  x: Vectors,
  y: Vectors,
  { projections, count = 128, seed = 0 }: SlicedOptions = {},
): SlicedWasserstein {
  const [a, b] = pairOf(x, y)
  const directions = flatten(projections ?? randomDirections(a.d, count, seed))
  if (directions.n !== a.d) {
    throw new WhitewaterError(
      'usage',
      `got projections of ${directions.n} rows, expected [${a.d}, L] for ${a.d} features`,
    )
  }
  const total = directions.d
  const w2Squared = new Float64Array(total)
  let w1 = 0
  for (let start = 0; start < total; start += GROUP_DIRECTIONS) {
    const group = pack(columnsOf(directions, start, Math.min(GROUP_DIRECTIONS, total - start)))
    const onX = project(a, group)
    const onY = project(b, group)
    for (let l = 0; l < group.rows; l++) {
      const distances = sortedLineDistances(
        onX.subarray(l * a.n, (l + 1) * a.n).sort(),
        onY.subarray(l * b.n, (l + 1) * b.n).sort(),
      )
      w2Squared[start + l] = distances.w2Squared
      w1 += distances.w1 / total
    }
  }
  const mean = w2Squared.reduce((sum, value) => sum + value, 0) / total
  return { w2: Math.sqrt(mean), w1, w2Squared }
}
