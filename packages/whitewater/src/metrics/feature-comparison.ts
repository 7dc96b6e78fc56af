// Generated against real samples in a feature space: Frechet distance, MMD^2, KID, precision, recall, density and coverage.
import { ndarray, type CompileOptions } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { covarianceOf } from '../linalg/moments.ts'
import { frechetOfMoments } from './frechet.ts'
import { kid } from './kid.ts'
import { manifoldMetrics } from './manifold.ts'
import { medianBandwidthOf, mmd } from './mmd.ts'
import { samplesOf, type Vectors } from './samples.ts'

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

export interface FeatureReferenceOptions extends CompileOptions {
  /** Neighbours that balls reach to; 3 unless given. */
  readonly k?: number
  /** Of the Gaussian kernel, in the features' units; unless given, the median distance of real pairs. */
  readonly bandwidth?: number
  /** Told how many block pairs of a stage are done. */
  readonly onProgress?: (stage: string, done: number, total: number) => void | Promise<void>
}

export interface CompareOptions {
  /** Also what takes all pairs of samples: everything but the Frechet distance. */
  readonly pairs?: boolean
}

/** Real samples that generated ones are compared with; what depends on them alone is computed once, when it is first needed. */
export interface FeatureReference {
  readonly bandwidth: number
  readonly k: number
  /**
   * Compares generated samples [m, ...features]: only the Frechet distance unless `pairs`.
   * @throws WhitewaterError (usage) for other features than the real samples', values that are not finite, or fewer than 2 samples
   *   (k + 1 with `pairs`)
   */
  compare(generated: Vectors, options: { readonly pairs: true }): Promise<FeatureComparison>
  compare(
    generated: Vectors,
    options?: CompareOptions,
  ): Promise<Pick<FeatureComparison, 'frechet'> & Partial<FeatureComparison>>
  dispose(): Promise<void>
}

/**
 * Prepares real samples [n, ...features]. The bandwidth is the median heuristic over the real samples alone, so that every set
 * compared with them is measured by the same kernel and MMD of different generators can stand in one table.
 * @throws WhitewaterError (usage) for fewer than 2 samples, values that are not finite, k not from 1 to n - 1, or a bandwidth that
 *   is not positive
 */
export async function featureReference(
  real: Vectors,
  options: FeatureReferenceOptions = {},
): Promise<FeatureReference> {
  const x = samplesOf(real)
  const { k = 3, bandwidth = medianBandwidthOf(real) } = options
  if (!(bandwidth > 0 && bandwidth < Infinity))
    throw usageError(`got bandwidth ${bandwidth}, expected a positive number`)
  const moments = await covarianceOf(x, options)
  function compare(generated: Vectors, options: { readonly pairs: true }): Promise<FeatureComparison>
  function compare(
    generated: Vectors,
    options?: CompareOptions,
  ): Promise<Pick<FeatureComparison, 'frechet'> & Partial<FeatureComparison>>
  async function compare(
    generated: Vectors,
    { pairs = false }: CompareOptions = {},
  ): Promise<Pick<FeatureComparison, 'frechet'> & Partial<FeatureComparison>> {
    const y = samplesOf(generated)
    const frechet = frechetOfMoments(moments, await covarianceOf(y, options))
    if (!pairs) return { frechet }
    const [a, b] = [ndarray(x.data, [x.n, x.d]), ndarray(y.data, [y.n, y.d])]
    const manifold = manifoldMetrics(a, b, { k })
    return { frechet, mmd: mmd(a, b, { bandwidth }), kid: kid(a, b).unbiased, ...manifold, bandwidth, k }
  }
  return { bandwidth, k, compare, dispose: () => Promise.resolve() }
}
