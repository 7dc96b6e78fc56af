// MMD^2 with Gaussian kernels exp(-|a - b|^2 / (2 sigma^2)), their bandwidths given or from the median heuristic.
import { WhitewaterError } from '../errors.ts'
import type { Samples } from '../linalg/covariance.ts'
import { discrepancy, type Discrepancy } from './discrepancy.ts'
import { forEachSquaredDistance, ownSquaredDistances, pool } from './pairwise.ts'
import { pairOf, pick, samplesOf, type Vectors } from './samples.ts'

export interface MmdOptions {
  /** sigma, in the units of the data; several are SUMMED kernels, not averaged. Default: the median heuristic. */
  readonly bandwidth?: number | readonly number[]
}

export interface MmdResult extends Discrepancy {
  /** The bandwidths used. */
  readonly bandwidths: readonly number[]
}

/** Pooled samples above which the median is taken over an even subsample of this many. */
export const MEDIAN_POOL = 2048

function medianDistance(pooled: Samples): number {
  const squared = ownSquaredDistances(pooled).sort()
  const middle = squared.length >> 1
  if (squared.length % 2 === 1) return Math.sqrt(squared[middle])
  return (Math.sqrt(squared[middle - 1]) + Math.sqrt(squared[middle])) / 2
}

function medianOf(pooled: Samples): number {
  const step = pooled.n / MEDIAN_POOL
  const chosen =
    step <= 1
      ? pooled
      : pick(
          pooled,
          Float64Array.from({ length: MEDIAN_POOL }, (_, i) => Math.floor(i * step)),
        )
  const median = medianDistance(chosen)
  if (median > 0) return median
  throw new WhitewaterError('usage', `median pair distance is ${median}, expected > 0: give a bandwidth`)
}

/**
 * Median heuristic: the median of |z_i - z_j| over i < j of the pooled set [x; y] (the mean of the two middle values when the
 * count is even). Exact up to 2048 pooled samples; above, over 2048 of them at even steps through the pool, the same on every call.
 * @throws WhitewaterError (usage) when that median is 0: most samples are identical
 */
export const medianBandwidth = (x: Vectors, y: Vectors): number => medianOf(pool(...pairOf(x, y)))

/** The median heuristic over one set [n, ...], for a kernel that does not depend on what it is compared with. @throws as `medianBandwidth` */
export const medianBandwidthOf = (x: Vectors): number => medianOf(samplesOf(x))

/** The bandwidths given, else the median heuristic's. @throws WhitewaterError (usage) for one that is not positive */
export function bandwidthsOf(x: Vectors, y: Vectors, bandwidth: MmdOptions['bandwidth']): readonly number[] {
  const bandwidths = bandwidth === undefined ? [medianBandwidth(x, y)] : [bandwidth].flat()
  const wrong = bandwidths.find((sigma) => !(sigma > 0 && sigma < Infinity))
  if (wrong !== undefined || bandwidths.length === 0) {
    throw new WhitewaterError('usage', `got bandwidth ${wrong ?? '[]'}, expected positive numbers`)
  }
  return bandwidths
}

/**
 * Both estimates of MMD^2 between x [n, ...] and y [m, ...] under the sum of Gaussian kernels; O((n + m)^2 d).
 * @throws WhitewaterError (usage) for different dimensions, fewer than 2 samples, or a bandwidth that is not positive
 */
export function mmdEstimates(x: Vectors, y: Vectors, { bandwidth }: MmdOptions = {}): MmdResult {
  const pair = pairOf(x, y)
  const bandwidths = bandwidthsOf(x, y, bandwidth)
  const rates = bandwidths.map((sigma) => -1 / (2 * sigma * sigma))
  const kernel = (squaredDistance: number): number => {
    let sum = 0
    for (const rate of rates) sum += Math.exp(rate * squaredDistance)
    return sum
  }
  return { ...discrepancy(...pair, forEachSquaredDistance, kernel), bandwidths }
}

/** Unbiased MMD^2 (U-statistic); see `mmdEstimates`. */
export const mmd = (x: Vectors, y: Vectors, options?: MmdOptions): number =>
  mmdEstimates(x, y, options).unbiased

/** Biased MMD^2 (V-statistic); see `mmdEstimates`. */
export const mmdBiased = (x: Vectors, y: Vectors, options?: MmdOptions): number =>
  mmdEstimates(x, y, options).biased
