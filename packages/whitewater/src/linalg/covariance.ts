// Mean and covariance of samples in memory (Eq. 5's Sigma): centred block by block, then symmetric rank-k updates.
import { sizeOf, type NdArray } from '@whitewater/tensor'
import { WhitewaterError } from '../errors.ts'
import { matrix, type Matrix } from './matrix.ts'
import { addProduct, mirror, pack, type Reals } from './product.ts'

/** n samples of d features each, row-major in any host array. */
export interface Samples {
  readonly data: Reals
  readonly n: number
  readonly d: number
}

export interface Moments {
  readonly mean: Float64Array
  readonly covariance: Matrix
}

const BLOCK_ROWS = 512

/**
 * Flattens [n, ...features] to n samples of d features, without a copy.
 * @throws WhitewaterError (usage) for an array without a features axis or without any feature
 */
export function flatten(array: NdArray<Reals>): Samples {
  const [n, ...features] = array.shape
  const d = sizeOf(features)
  if (features.length === 0 || d === 0) {
    throw new WhitewaterError(
      'usage',
      `got shape [${array.shape.join(', ')}], expected [samples, ...features]`,
    )
  }
  return { data: array.data, n, d }
}

/** Where samples lie, to twice float64's digits: a mean far from 0 is itself rounded by more than the covariance may lose. */
export interface Centre {
  /** [d] */
  readonly mean: Float64Array
  /** What rounding took from the mean, [d]. */
  readonly rest: Float64Array
}

/** a + b, and what rounding took from it (Knuth's two-sum). */
export function twoSum(a: number, b: number): [sum: number, rest: number] {
  const sum = a + b
  const back = sum - a
  return [sum, a - (sum - back) + (b - back)]
}

/** Mean over samples; summed as distances from the first one, so that a large mean costs no digits. */
export function centreOf({ data, n, d }: Samples): Centre {
  const mean = Float64Array.from(data.subarray(0, d))
  const rest = new Float64Array(d)
  for (let i = 0; i < n; i++) {
    for (let j = 0, at = i * d; j < d; j++, at++) rest[j] += data[at] - mean[j]
  }
  for (let j = 0; j < d; j++) [mean[j], rest[j]] = twoSum(mean[j], rest[j] / n)
  return { mean, rest }
}

/** Mean over samples, [d], in float64. */
export const mean = (samples: Samples): Float64Array => centreOf(samples).mean

/** Samples `start .. start + rows` minus `centre`, in float64, row-major [rows, d]. */
export function centredBlock(
  { data, d }: Samples,
  start: number,
  rows: number,
  centre: Float64Array,
): Matrix {
  const block = matrix(rows, d)
  for (let i = 0; i < rows; i++) {
    const source = (start + i) * d
    for (let j = 0; j < d; j++) block.data[i * d + j] = data[source + j] - centre[j]
  }
  return block
}

/** Sum of the outer products of samples centred at `centre`, [d, d], exactly symmetric; n d^2 operations. */
export function scatterAbout(samples: Samples, centre: Float64Array): Matrix {
  const { n, d } = samples
  const result = matrix(d, d)
  for (let start = 0; start < n; start += BLOCK_ROWS) {
    const block = centredBlock(samples, start, Math.min(BLOCK_ROWS, n - start), centre)
    const packed = pack({
      data: block.data,
      offset: 0,
      rows: d,
      columns: block.rows,
      rowStride: 1,
      columnStride: d,
    })
    addProduct(result.data, d, packed, packed, true)
  }
  mirror(result.data, d)
  return result
}

/**
 * Covariance [d, d] = scatter / (count - ddof), in a matrix of its own.
 * @throws WhitewaterError (usage) when count <= ddof
 */
export function covarianceFromScatter(scatter: Matrix, count: number, ddof: number): Matrix {
  requireMoreThan(ddof, count)
  return matrix(
    scatter.rows,
    scatter.columns,
    scatter.data.map((value) => value / (count - ddof)),
  )
}

function requireMoreThan(ddof: number, count: number): void {
  if (count <= ddof)
    throw new WhitewaterError('usage', `covariance needs more than ${ddof} samples, got ${count}`)
}

/**
 * Mean [d] and covariance [d, d] of n samples; the divisor is n - ddof.
 * Two passes, so that a large mean costs no digits; n d^2 operations.
 * @throws WhitewaterError (usage) when n <= ddof
 */
export function covariance(samples: Samples, { ddof = 1 }: { readonly ddof?: number } = {}): Moments {
  requireMoreThan(ddof, samples.n)
  const centre = mean(samples)
  return {
    mean: centre,
    covariance: covarianceFromScatter(scatterAbout(samples, centre), samples.n, ddof),
  }
}
