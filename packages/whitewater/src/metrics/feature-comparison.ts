// Generated against real samples in a feature space: Frechet distance, MMD^2, KID, precision, recall, density and coverage.
import type { CompileOptions } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { covarianceOf } from '../linalg/moments.ts'
import { pairReference, type PairReference } from './feature-comparison/pair-reference.ts'
import type { PassOptions } from './feature-comparison/passes.ts'
import { frechetFrom } from './frechet.ts'
import { medianBandwidthOf } from './mmd.ts'
import { requireSameFeatures, samplesOf, type Vectors } from './samples.ts'

export interface FeatureComparison {
  /** Squared Frechet distance of the Gaussians with the sets' means and covariances (divisor N - 1). */
  readonly frechet: number
  /** Unbiased MMD^2 under exp(-|a - b|^2 / (2 bandwidth^2)). */
  readonly mmd: number
  /** Unbiased MMD^2 under (a.b / d + 1)^3, over all pairs and not over subsets. */
  readonly kid: number
  readonly precision: number
  readonly recall: number
  readonly density: number
  readonly coverage: number
  readonly bandwidth: number
  readonly k: number
}

export interface FeatureReferenceOptions extends PassOptions {
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  /** Neighbours that balls reach to; 3 unless given. */
  readonly k?: number
  /** Gaussian bandwidth in the features' units; unless given, the median distance of real pairs. */
  readonly bandwidth?: number
}

/** The Frechet distance, and the rest where it was asked for. */
export type FrechetAndMore = Pick<FeatureComparison, 'frechet'> & Partial<FeatureComparison>

export interface CompareOptions {
  /** Also what takes all pairs of samples: everything but the Frechet distance. */
  readonly pairs?: boolean
}

/** Real samples that generated ones are compared with; what depends on them alone is computed once, when it is first needed. */
export interface FeatureReference {
  /** Computed when it is first read or needed. @throws WhitewaterError (usage) when most real samples are identical */
  readonly bandwidth: number
  readonly k: number
  /**
   * Compares generated samples [m, ...features]: only the Frechet distance unless `pairs`.
   * @throws WhitewaterError (usage) for other features than the real samples', values that are not finite, or fewer than 2 samples
   *   (k + 1 with `pairs`)
   */
  compare(generated: Vectors, options: { readonly pairs: true }): Promise<FeatureComparison>
  compare(generated: Vectors, options?: CompareOptions): Promise<FrechetAndMore>
  dispose(): Promise<void>
}

function requirePositive(bandwidth: number | undefined): void {
  if (bandwidth === undefined || (bandwidth > 0 && bandwidth < Infinity)) return
  throw usageError(`got bandwidth ${bandwidth}, expected a positive number`)
}

/**
 * Prepares real samples [n, ...features]. The bandwidth is the median heuristic over the real samples alone (at most 2048 of them,
 * at even steps), so that every set compared with them is measured by the same kernel and the MMD of different generators can stand
 * in one table. All pairs are used, nothing is drawn: results depend on no seed. They agree with `mmd`, `kid`, `manifoldMetrics` and
 * `frechetDistance`, but points on a ball's rim to within rounding count as outside. Runs on the CPU whatever the device.
 * @throws WhitewaterError (usage) for fewer than 2 samples, values that are not finite, or a bandwidth that is not positive
 */
export async function featureReference(
  real: Vectors,
  options: FeatureReferenceOptions = {},
): Promise<FeatureReference> {
  const { k = 3, bandwidth, engine } = options
  const x = samplesOf(real)
  requirePositive(bandwidth)
  let chosen = bandwidth
  const bandwidthOf = (): number => (chosen ??= medianBandwidthOf(real))
  let pairs: PairReference | undefined
  const frechetOf = frechetFrom(await covarianceOf(x, engine), engine)

  function compare(generated: Vectors, options: { readonly pairs: true }): Promise<FeatureComparison>
  function compare(generated: Vectors, options?: CompareOptions): Promise<FrechetAndMore>
  async function compare(generated: Vectors, { pairs: all = false }: CompareOptions = {}) {
    const y = samplesOf(generated)
    requireSameFeatures(x, y)
    const frechet = await frechetOf(await covarianceOf(y, engine))
    if (!all) return { frechet }
    pairs ??= pairReference(x, { k, bandwidths: [bandwidthOf()] }, options)
    const { manifold, mmd, kid } = await pairs.compare(y)
    return { frechet, mmd: mmd.unbiased, kid: kid.unbiased, ...manifold, bandwidth: bandwidthOf(), k }
  }
  const dispose = async (): Promise<void> => pairs?.dispose()
  return {
    get bandwidth() {
      return bandwidthOf()
    },
    k,
    compare,
    dispose,
  }
}
