// Improved precision and recall (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020): how the balls that reach
// from each point to its k-th nearest neighbour cover the other set.
import { usageError } from '../errors.ts'
import type { Samples } from '../linalg/covariance.ts'
import { forEachSquaredDistance } from './pairwise.ts'
import { pairOf, samplesOf, type Vectors } from './samples.ts'

export interface ManifoldMetrics {
  /** Share of generated samples inside some real ball. */
  readonly precision: number
  /** Share of real samples inside some generated ball. */
  readonly recall: number
  /** Real balls a generated sample lies in, on average, over k; may exceed 1. */
  readonly density: number
  /** Share of real balls that hold a generated sample. */
  readonly coverage: number
}

/** Inserts `value` into the ascending list of `k` that starts at `start`, dropping the largest. */
export function offer(nearest: Float64Array, start: number, k: number, value: number): void {
  let at = start + k - 1
  if (value >= nearest[at]) return
  for (; at > start && nearest[at - 1] > value; at--) nearest[at] = nearest[at - 1]
  nearest[at] = value
}

/** @throws WhitewaterError (usage) unless 1 <= k < n */
export function requireNeighbours(k: number, n: number): void {
  if (Number.isInteger(k) && k >= 1 && k < n) return
  throw usageError(`got k = ${k} neighbours for ${n} samples, expected 1 <= k <= ${n - 1}`)
}

/** Squared distance from each sample to its k-th nearest other sample, [n]. */
function squaredRadii(samples: Samples, k: number): Float64Array {
  const { n } = samples
  requireNeighbours(k, n)
  const nearest = new Float64Array(n * k).fill(Infinity)
  forEachSquaredDistance(({ values, rowStart, rows, columnStart, columns }) => {
    const diagonal = rowStart === columnStart
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        if (diagonal && i === j) continue
        const value = values[i * columns + j]
        offer(nearest, (rowStart + i) * k, k, value)
        if (!diagonal) offer(nearest, (columnStart + j) * k, k, value)
      }
    }
  }, samples)
  return Float64Array.from({ length: n }, (_, i) => nearest[i * k + k - 1])
}

/**
 * Distance from each sample to its k-th nearest *other* sample, [n]; O(n^2 d), in blocks.
 * @throws WhitewaterError (usage) unless 1 <= k < n
 */
export const neighbourRadii = (vectors: Vectors, k: number): Float64Array =>
  squaredRadii(samplesOf(vectors), k).map(Math.sqrt)

/** Share of the counts that are above 0. */
export function shareOfPositive(counts: ArrayLike<number>): number {
  let positive = 0
  for (let i = 0; i < counts.length; i++) if (counts[i] > 0) positive++
  return positive / counts.length
}

/**
 * All four of `generated` [m, ...] against `real` [n, ...], with balls to the k-th nearest other point (default 3) and strict
 * inequality, as the reference implementation has it. O((n + m)^2 d), in blocks: no distance matrix is held.
 * @throws WhitewaterError (usage) for different dimensions or k not below either size
 */
export function manifoldMetrics(
  real: Vectors,
  generated: Vectors,
  { k = 3 }: { readonly k?: number } = {},
): ManifoldMetrics {
  const [x, y] = pairOf(real, generated)
  const realRadii = squaredRadii(x, k)
  const generatedRadii = squaredRadii(y, k)
  const ballsAround = new Int32Array(y.n)
  const recalled = new Uint8Array(x.n)
  const covered = new Uint8Array(x.n)
  forEachSquaredDistance(
    ({ values, rowStart, rows, columnStart, columns }) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const value = values[i * columns + j]
          if (value < realRadii[rowStart + i]) {
            ballsAround[columnStart + j]++
            covered[rowStart + i] = 1
          }
          if (value < generatedRadii[columnStart + j]) recalled[rowStart + i] = 1
        }
      }
    },
    x,
    y,
  )
  const hits = ballsAround.reduce((sum, count) => sum + count, 0)
  return {
    precision: shareOfPositive(ballsAround),
    recall: shareOfPositive(recalled),
    density: hits / (k * y.n),
    coverage: shareOfPositive(covered),
  }
}
