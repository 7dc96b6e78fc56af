// Images compared in the features of a network, as FID does: every metric of feature-comparison.ts, with what it depends on.
import type { CompileOptions, NdArray } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { featureReference, type FeatureComparison } from './feature-comparison.ts'
import type { FeatureExtractor } from './features/extractor.ts'
import { featureTerms, type FeatureTerms } from './features/same.ts'

export interface EvaluateImagesOptions {
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  /** Neighbours of precision, recall, density and coverage; 3 unless given. */
  readonly k?: number
  /** MMD's Gaussian bandwidth; the median distance of real features unless given. One number, or a list of one. */
  readonly bandwidth?: number | readonly number[]
  readonly onProgress?: (stage: string, done?: number, total?: number) => void | Promise<void>
}

export interface ImageEvaluation extends FeatureComparison {
  /** Generated images. */
  readonly samples: number
  readonly realSamples: number
  /** Number of features. */
  readonly dimension: number
  readonly features: FeatureTerms
}

/** Real images that generated ones are compared with, in features. */
export interface ImageReference {
  compare(generated: NdArray<Float32Array>): Promise<ImageEvaluation>
  dispose(): Promise<void>
}

function singleBandwidth(bandwidth: EvaluateImagesOptions['bandwidth']): number | undefined {
  if (bandwidth === undefined || typeof bandwidth === 'number') return bandwidth
  if (bandwidth.length === 1) return bandwidth[0]
  throw usageError(`got ${bandwidth.length} bandwidths, expected one for images in features`)
}

/**
 * Prepares real images [n, c, h, w]; the extractor is only lent.
 * @throws WhitewaterError (usage) for images that the extractor does not take, fewer than k + 1, or a bandwidth that is none
 */
export async function imageReference(
  real: NdArray<Float32Array>,
  extractor: FeatureExtractor,
  { k, bandwidth, onProgress, engine }: EvaluateImagesOptions = {},
): Promise<ImageReference> {
  const told = (done: number, total: number): void => void onProgress?.('features', done, total)
  const reference = await featureReference(await extractor.features(real, told), {
    engine,
    k,
    bandwidth: singleBandwidth(bandwidth),
    onProgress,
  })
  return {
    async compare(generated) {
      const features = await extractor.features(generated, told)
      return {
        ...(await reference.compare(features, { pairs: true })),
        samples: generated.shape[0],
        realSamples: real.shape[0],
        dimension: extractor.dimension,
        features: featureTerms(extractor),
      }
    },
    dispose: () => reference.dispose(),
  }
}

/** Compares generated with real images [n, c, h, w] in features. @throws as `imageReference` */
export async function evaluateImages(
  real: NdArray<Float32Array>,
  generated: NdArray<Float32Array>,
  extractor: FeatureExtractor,
  options: EvaluateImagesOptions = {},
): Promise<ImageEvaluation> {
  const reference = await imageReference(real, extractor, options)
  return reference.compare(generated).finally(() => reference.dispose())
}
