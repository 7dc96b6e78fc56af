// Passes over all pairs of one set or of two, block by block on the engine: what MMD^2, KID and the manifold metrics are made of.
// No distance matrix is held; what leaves the engine is a few numbers a sample and block, added up in float64 here.
import { float32Of, float64Of, ndarray } from '@whitewater/tensor'
import type { Samples } from '../../linalg/covariance.ts'
import type { KernelSum } from '../discrepancy.ts'
import { offer, shareOfPositive, type ManifoldMetrics } from '../manifold.ts'
import { blockPairs, countBlockPairs } from './feature-blocks.ts'
import { pairInputs, type PairPrograms, type PairSettings } from './pair-programs.ts'

export interface PassOptions {
  /** Stops between two blocks of pairs, with the signal's reason. */
  readonly signal?: AbortSignal
  /** Told how many blocks of pairs of a stage are done. */
  readonly onProgress?: (stage: string, done: number, total: number) => void | Promise<void>
}

/** What the passes of one comparison share. */
export interface Passes extends PassOptions {
  readonly programs: PairPrograms
  readonly settings: PairSettings
  /** Subtracted from all samples, [d]: a large mean costs no digits. */
  readonly centre: Float64Array
}

export interface Kernels<T> {
  readonly gaussian: T
  readonly polynomial: T
}

export interface OwnPairs extends Kernels<KernelSum> {
  /** Where each ball ends: squared distances below it count as inside, [n]. */
  readonly reach: Float64Array
}

const total = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum
}

/** Counts block pairs for whoever waits, and stops between two of them. */
function stepper({ signal, onProgress }: Passes, stage: string, blocks: number): () => Promise<void> {
  let done = 0
  return async () => {
    signal?.throwIfAborted()
    await onProgress?.(stage, ++done, blocks)
  }
}

/**
 * Squared radii less what rounding may do to a squared distance inside: a point as far as the k-th neighbour is outside by
 * definition, and k copies of a point leave it no ball, whatever the last digits say.
 */
function reachOf(squaredRadii: Float64Array, { data, n, d }: Samples, centre: Float64Array): Float64Array {
  const digits = (d + 8) * Number.EPSILON
  const reach = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let square = 0
    for (let j = 0, at = i * d; j < d; j++, at++) square += (data[at] - centre[j]) ** 2
    const radius = Math.sqrt(Math.max(squaredRadii[i], 0))
    reach[i] = squaredRadii[i] - digits * (2 * Math.sqrt(square) + radius) ** 2
  }
  return reach
}

/** Sum of (x.x / d + 1)^3, the pairs of a sample with itself. */
function polynomialDiagonal({ data, n, d }: Samples): number {
  let sum = 0
  for (let i = 0; i < n; i++) {
    let square = 0
    for (let j = 0, at = i * d; j < d; j++, at++) square += data[at] ** 2
    sum += (square / d + 1) ** 3
  }
  return sum
}

/**
 * Every sample's k-th nearest other one, and kernel sums over all pairs; n^2 d / 2 multiply-adds. A sample is among the k + 1
 * nearest to itself, at a distance of 0.
 * @throws the signal's reason when it is aborted
 */
export async function ownPairs(samples: Samples, stage: string, passes: Passes): Promise<OwnPairs> {
  const { n } = samples
  const { k, bandwidths } = passes.settings
  const nearest = new Float64Array(n * (k + 1)).fill(Infinity)
  const offerAll = (start: number, found: Float64Array, count: number, stride: number, step: number) => {
    for (let i = 0; i < found.length / count; i++) {
      for (let j = 0; j < count; j++)
        offer(nearest, (start + i) * (k + 1), k + 1, found[i * stride + j * step])
    }
  }
  const sums = { gaussian: 0, polynomial: 0 }
  const step = stepper(passes, stage, countBlockPairs(samples))
  for (const [row, column] of blockPairs(samples, passes.centre)) {
    const { gaussian, polynomial, nearRows, nearColumns } = await passes.programs.own(pairInputs(row, column))
    const diagonal = row.start === column.start
    offerAll(row.start, float64Of(nearRows.data), nearRows.shape[1], nearRows.shape[1], 1)
    if (!diagonal)
      offerAll(column.start, float64Of(nearColumns.data), nearColumns.shape[0], 1, nearColumns.shape[1])
    const copies = diagonal ? 1 : 2
    sums.gaussian += copies * total(float32Of(gaussian.data))
    sums.polynomial += copies * total(float64Of(polynomial.data))
    await step()
  }
  const radii = Float64Array.from({ length: n }, (_, i) => nearest[i * (k + 1) + k])
  const ones = n * bandwidths.length
  const cubes = polynomialDiagonal(samples)
  return {
    reach: reachOf(radii, samples, passes.centre),
    gaussian: { diagonal: ones, offDiagonal: sums.gaussian - ones },
    polynomial: { diagonal: cubes, offDiagonal: sums.polynomial - cubes },
  }
}

/** What two sets have in common: the manifold metrics, and kernel sums over all pairs of one with the other. */
export interface AcrossPairs extends Kernels<number> {
  readonly manifold: ManifoldMetrics
}

/** Adds the counts of one block to those of all. */
function addAt(target: Float64Array, start: number, counts: Float32Array): void {
  for (let i = 0; i < counts.length; i++) target[start + i] += counts[i]
}

const part = (values: Float64Array, start: number, shape: readonly [number, number]) =>
  ndarray(values.subarray(start, start + shape[0] * shape[1]), shape)

/**
 * Compares two sets whose own pairs are known; n m d multiply-adds.
 * @throws the signal's reason when it is aborted
 */
export async function acrossPairs(
  real: { readonly samples: Samples; readonly reach: Float64Array },
  generated: { readonly samples: Samples; readonly reach: Float64Array },
  stage: string,
  passes: Passes,
): Promise<AcrossPairs> {
  const x = real.samples
  const y = generated.samples
  const ballsAroundGenerated = new Float64Array(y.n)
  const ballsAroundReal = new Float64Array(x.n)
  const generatedInBall = new Float64Array(x.n)
  let gaussian = 0
  let polynomial = 0
  const step = stepper(passes, stage, countBlockPairs(x, y))
  for (const [row, column] of blockPairs(x, passes.centre, y)) {
    const results = await passes.programs.across({
      ...pairInputs(row, column),
      rowReach: part(real.reach, row.start, [row.size, 1]),
      columnReach: part(generated.reach, column.start, [1, column.size]),
    })
    addAt(ballsAroundGenerated, column.start, float32Of(results.ballsAroundColumn.data))
    addAt(ballsAroundReal, row.start, float32Of(results.ballsAroundRow.data))
    addAt(generatedInBall, row.start, float32Of(results.columnsInBall.data))
    gaussian += total(float32Of(results.gaussian.data))
    polynomial += total(float64Of(results.polynomial.data))
    await step()
  }
  const manifold = {
    precision: shareOfPositive(ballsAroundGenerated),
    recall: shareOfPositive(ballsAroundReal),
    density: total(ballsAroundGenerated) / (passes.settings.k * y.n),
    coverage: shareOfPositive(generatedInBall),
  }
  return { manifold, gaussian, polynomial }
}
