// The widest directions of data whose covariance is too large to form: randomised subspace iteration (Halko, Martinsson & Tropp 2011,
// algorithm 4.4) straight from blocks of samples.
import {
  cast,
  float64Of,
  matmul,
  ndarray,
  randomStream,
  sub,
  traced,
  type CompileOptions,
  type Traced,
} from '@whitewater/tensor'
import type { Samples } from './covariance.ts'
import { multiplyOnEngine } from './engine-product.ts'
import { leadingColumns, matrix, type Matrix } from './matrix.ts'
import { onCpu } from './on-cpu.ts'
import { mirror } from './product.ts'
import { orthonormal } from './orthonormal.ts'
import { eigenOf } from './symmetric.ts'

export interface LeadingEigen {
  /** Variances along the directions, descending, [r]. */
  readonly values: Float64Array
  /** Orthonormal directions as columns, [d, r]. */
  readonly vectors: Matrix
}

export interface LeadingOptions {
  /** Directions wanted, r; fewer come back where the data has fewer. */
  readonly rank: number
  /** Passes over the data, at least 2; one more shrinks the error of value j by another (lambda_{r + 11} / lambda_j)^2. 4 unless given. */
  readonly passes?: number
  readonly seed?: number
  readonly engine?: CompileOptions
  /** Told before each pass. */
  readonly onPass?: (pass: number, passes: number) => void
}

/** Directions carried beside those wanted, which makes the last of these as good as the first. */
const OVERSAMPLING = 10

/** All samples, as often as wanted, with their number and mean. */
export interface Centred {
  readonly blocks: () => AsyncIterable<Samples> | Iterable<Samples>
  readonly count: number
  readonly mean: Float64Array
}

/** Sigma Q [d, k], a block of samples at a time: X^T (X Q) never forms Sigma. */
async function timesCovariance(
  { blocks, count, mean }: Centred,
  q: Matrix,
  product: Traced,
): Promise<Matrix> {
  const result = matrix(q.rows, q.columns)
  const shared = { q: ndarray(q.data, [q.rows, q.columns]), mean: ndarray(mean, [q.rows]) }
  for await (const { data, n, d } of blocks()) {
    const { y } = await product({ ...shared, x: ndarray(data, [n, d]) })
    const values = float64Of(y.data)
    for (let at = 0; at < values.length; at++) result.data[at] += values[at] / (count - 1)
  }
  return result
}

function randomStart(d: number, k: number, seed: number): Matrix {
  const directions = randomStream(seed)
    .split('subspace')
    .normal(d * k)
  return matrix(d, k, Float64Array.from(directions))
}

/**
 * The `rank` largest eigenvalues and their eigenvectors of the covariance (divisor n - 1) of samples of d features. O(n d r) a pass,
 * O(d r) memory; values come out at most as large as the true ones (Rayleigh-Ritz).
 */
export async function leadingEigen(data: Centred, options: LeadingOptions): Promise<LeadingEigen> {
  const { rank, passes = 4, seed = 0, engine, onPass } = options
  const d = data.mean.length
  const product = traced(({ x, q, mean }) => {
    const centred = sub(cast(x, 'float64'), mean)
    return { y: matmul(centred, matmul(centred, q), { transposeA: true }) }
  }, onCpu(engine))
  try {
    let q = randomStart(d, Math.min(d, data.count - 1, rank + OVERSAMPLING), seed)
    for (let pass = 1; pass < passes; pass++) {
      onPass?.(pass, passes)
      q = await orthonormal(await timesCovariance(data, q, product), engine)
    }
    onPass?.(passes, passes)
    const small = await multiplyOnEngine(q, await timesCovariance(data, q, product), {
      transposeA: true,
      engine,
    })
    mirror(small.data, small.rows)
    const { values, vectors } = await eigenOf(small)
    const kept = Math.min(rank, values.length)
    return {
      values: values.slice(0, kept),
      vectors: await multiplyOnEngine(q, leadingColumns(vectors, kept), { engine }),
    }
  } finally {
    await product.dispose()
  }
}
