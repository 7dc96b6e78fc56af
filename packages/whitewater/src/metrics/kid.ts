// Kernel inception distance (Binkowski et al. 2018): MMD^2 with the kernel (x.y / d + 1)^3 on features.
import { randomStream } from '@whitewater/tensor'
import { WhitewaterError } from '../errors.ts'
import type { Samples } from '../linalg/covariance.ts'
import { discrepancy, type Discrepancy } from './discrepancy.ts'
import { forEachInnerProduct } from './pairwise.ts'
import { pairOf, pick, type Vectors } from './samples.ts'

export interface KidSubsetOptions {
  /** Number of random subsets (default 100). */
  readonly subsets?: number
  /** Samples of each set in a subset, drawn without replacement (default 1000, at most the smaller set). */
  readonly subsetSize?: number
  readonly seed?: number
}

export interface KidSubsets {
  readonly mean: number
  /** Standard deviation over subsets, divisor `subsets` (as torch-fidelity). */
  readonly std: number
  /** Unbiased value of each subset. */
  readonly values: Float64Array
}

function polynomialDiscrepancy(x: Samples, y: Samples): Discrepancy {
  const { d } = x
  const cube = (product: number): number => {
    const base = product / d + 1
    return base * base * base
  }
  return discrepancy(x, y, forEachInnerProduct, cube)
}

/**
 * KID of all of x [n, ...] against all of y [m, ...], unbiased and biased; O((n + m)^2 d).
 * @throws WhitewaterError (usage) for different dimensions or fewer than 2 samples
 */
export const kid = (x: Vectors, y: Vectors): Discrepancy => polynomialDiscrepancy(...pairOf(x, y))

/** Unbiased KID of given index subsets of x and y, one pair of lists a subset. @throws as `kid` */
export function kidOfSubsets(
  x: Vectors,
  y: Vectors,
  subsets: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[],
): KidSubsets {
  const [a, b] = pairOf(x, y)
  const values = Float64Array.from(
    subsets,
    ([i, j]) => polynomialDiscrepancy(pick(a, i), pick(b, j)).unbiased,
  )
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, std: Math.sqrt(variance), values }
}

/**
 * KID as it is reported: mean and standard deviation of the unbiased value over random subsets.
 * @throws WhitewaterError (usage) when a subset would be smaller than 2 or larger than a set; else as `kid`
 */
export function kidSubsets(
  x: Vectors,
  y: Vectors,
  { subsets = 100, subsetSize, seed = 0 }: KidSubsetOptions = {},
): KidSubsets {
  const [a, b] = pairOf(x, y)
  const smaller = Math.min(a.n, b.n)
  const size = subsetSize ?? Math.min(1000, smaller)
  if (size < 2 || size > smaller || subsets < 1) {
    throw new WhitewaterError(
      'usage',
      `got ${subsets} subsets of ${size}, expected at least 1 of 2 to ${smaller}, the smaller set`,
    )
  }
  const stream = randomStream(seed).split('kid')
  const draw = (n: number) => stream.permutation(n).subarray(0, size)
  return kidOfSubsets(
    x,
    y,
    Array.from({ length: subsets }, () => [draw(a.n), draw(b.n)] as const),
  )
}
