// Every metric of two sets of samples at once, with the terms that the numbers depend on.
import { ndarray, randomStream, type CompileOptions } from '@whitewater/tensor'
import type { Samples } from '../linalg/covariance.ts'
import { covarianceOf } from '../linalg/moments.ts'
import { pairReference } from './feature-comparison/pair-reference.ts'
import { frechetFrom } from './frechet.ts'
import { bandwidthsOf } from './mmd.ts'
import { pairOf, pick, type Vectors } from './samples.ts'
import { slicedWasserstein } from './sliced-wasserstein.ts'

export interface EvaluateOptions {
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  /** Neighbours of precision, recall, density and coverage; 3 unless given. */
  readonly k?: number
  /** Bandwidths of MMD's Gaussian kernels, summed; the median heuristic over pooled pairs unless given. */
  readonly bandwidth?: readonly number[]
  /** Random directions of the sliced Wasserstein distance; 128 unless given. */
  readonly projections?: number
  /** Seed of the directions and of subsamples; 0 unless given. */
  readonly seed?: number
  /** Samples of each set that metrics over all pairs use at most; chosen from the dimension unless given. */
  readonly pairwise?: number
  /** Told the metric that is computed next, and how much of it is done where that can be counted. */
  readonly onProgress?: (metric: string, done?: number, total?: number) => void | Promise<void>
}

export interface Evaluation {
  /** Squared Frechet distance of the Gaussians with the sets' means and covariances (divisor N - 1). */
  readonly frechet: number
  /** Unbiased MMD^2 under the (sum of) RBF kernels exp(-d^2 / 2 s^2). */
  readonly mmd: number
  readonly mmdBiased: number
  /** Unbiased MMD^2 under the kernel (x.y / d + 1)^3. */
  readonly kid: number
  readonly precision: number
  readonly recall: number
  readonly density: number
  readonly coverage: number
  /** Sliced W2, in the units of the data. */
  readonly slicedWasserstein: number
  /** Generated samples. */
  readonly samples: number
  readonly seed: number
  readonly realSamples: number
  /** Samples of [real, generated] in the metrics over pairs (mmd, kid, precision, recall, density, coverage): a random subset, drawn by `seed`, where it is less than all. */
  readonly pairwiseSamples: readonly [real: number, generated: number]
  readonly dimension: number
  readonly k: number
  /** The bandwidths s that were used. */
  readonly bandwidth: readonly number[]
  readonly projections: number
}

/** The metrics of an evaluation, as tables name them. */
export const metricLabels = {
  frechet: 'Frechet distance',
  mmd: 'MMD² (unbiased)',
  mmdBiased: 'MMD² (biased)',
  kid: 'KID',
  precision: 'precision',
  recall: 'recall',
  density: 'density',
  coverage: 'coverage',
  slicedWasserstein: 'sliced W2',
} as const

export const metricNames = [
  'frechet',
  'mmd',
  'mmdBiased',
  'kid',
  'precision',
  'recall',
  'density',
  'coverage',
  'slicedWasserstein',
] as const

/** Multiply-adds that one pass over all pairs may cost, n^2 d: seconds on two cores. */
const MOST_PAIR_PRODUCTS = 1e11

/** Samples of each set for metrics over all pairs of d features: 10,000 up to 1,000 features, fewer above, at least 2,000. */
export const affordablePairs = (d: number): number =>
  Math.max(2000, Math.min(10_000, Math.floor(Math.sqrt(MOST_PAIR_PRODUCTS / d))))

function subsample(samples: Samples, most: number, seed: number, name: string): Samples {
  if (samples.n <= most) return samples
  const order = randomStream(seed).split(`evaluate/${name}`).permutation(samples.n)
  return pick(samples, order.subarray(0, most).sort())
}

const vectors = ({ data, n, d }: Samples): Vectors => ndarray(data, [n, d])

/**
 * Compares generated [m, ...features] with real samples [n, ...features].
 * @throws WhitewaterError (usage) for different features, fewer than 2 samples, k not below the number of samples, or a
 *   bandwidth that is not positive
 */
export async function evaluateSamples(
  real: Vectors,
  generated: Vectors,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { k = 3, bandwidth, projections = 128, seed = 0, engine, onProgress } = options
  const [x, y] = pairOf(real, generated)
  const most = options.pairwise ?? affordablePairs(x.d)
  const few = subsample(x, most, seed, 'real')
  const fewer = subsample(y, most, seed, 'generated')
  const bandwidths = bandwidthsOf(vectors(few), vectors(fewer), bandwidth)
  const pairs = pairReference(few, { bandwidths, k }, options)
  const { manifold, mmd, kid } = await pairs.compare(fewer).finally(() => pairs.dispose())
  await onProgress?.('sliced Wasserstein distance')
  const sliced = slicedWasserstein(real, generated, { count: projections, seed })
  await onProgress?.('Frechet distance')
  const frechetOf = frechetFrom(await covarianceOf(x, engine), engine)
  return {
    frechet: await frechetOf(await covarianceOf(y, engine)),
    mmd: mmd.unbiased,
    mmdBiased: mmd.biased,
    kid: kid.unbiased,
    ...manifold,
    slicedWasserstein: sliced.w2,
    samples: y.n,
    seed,
    realSamples: x.n,
    pairwiseSamples: [few.n, fewer.n],
    dimension: x.d,
    k,
    bandwidth: bandwidths,
    projections,
  }
}
