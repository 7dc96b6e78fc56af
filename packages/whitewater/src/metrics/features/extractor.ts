// What turns images into features, in which metrics compare them better than pixel by pixel.
import { ndarray, sameShape, sizeOf, type CompileOptions, type NdArray } from '@whitewater/tensor'
import type { Source } from '../../data/source.ts'
import { usageError } from '../../errors.ts'

/** Told how far something has come. */
export type Told = (done: number, total: number) => void

/** Features of images. What its numbers are called by is `name`; what they depend on is `hash`. */
export interface FeatureExtractor {
  readonly name: string
  /** SHA-256 of the weights, hex. */
  readonly hash: string
  readonly dimension: number
  /** Share of the test split that its classifier gets right, where it is trained here. */
  readonly accuracy?: number
  /**
   * [n, c, h, w] in [-1, 1] to [n, dimension], in batches; values beyond are clamped, as an image file would.
   * @throws WhitewaterError (usage) for samples that are no images of the kind it takes
   */
  features(images: NdArray<Float32Array>, onProgress?: Told): Promise<NdArray<Float32Array>>
  dispose(): Promise<void>
}

export interface ExtractorOptions {
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  /** Where the training images are, for an extractor that is trained here: `{ source: 'mnist', dataDir }`. */
  readonly source?: Source
  /** File of weights: published ones, or those of a classifier that was trained by the same recipe elsewhere. */
  readonly weights?: string
  /** Folder in which weights are kept; the cache of this machine unless given. */
  readonly cache?: string
  /** Told how training or download on first use goes. */
  readonly onProgress?: Told
  /** Stops training on first use; nothing is kept then. */
  readonly signal?: AbortSignal
}

/** @throws WhitewaterError (usage) unless samples of that shape are images that the extractor takes */
export function checkImages(name: string, shape: readonly number[], image: readonly number[]): void {
  if (sameShape(shape.slice(1), image)) return
  throw usageError(
    `features '${name}' take images of shape [${image.join(', ')}], got samples of shape [${shape.slice(1).join(', ')}]: decode latents first (--decoder), or choose features made for such images`,
  )
}

/** Runs images through `run` in batches of `rows` and joins the features [n, dimension] that it gives. */
export async function inBatches(
  { data, shape: [count, ...image] }: NdArray<Float32Array>,
  { rows, dimension }: { readonly rows: number; readonly dimension: number },
  run: (batch: NdArray<Float32Array>) => Promise<Float32Array>,
  onProgress?: Told,
): Promise<NdArray<Float32Array>> {
  const size = sizeOf(image)
  const out = new Float32Array(count * dimension)
  for (let start = 0; start < count; start += rows) {
    const end = Math.min(count, start + rows)
    const batch = ndarray(data.subarray(start * size, end * size), [end - start, ...image])
    out.set(await run(batch), start * dimension)
    onProgress?.(end, count)
  }
  return ndarray(out, [count, dimension])
}
