// The features of the usual FID (Heusel et al. 2017): what Inception sees in an image before its last layer, with pytorch-fid's
// weights, which are downloaded once or given as a file.
import { join } from 'node:path'
import { add, clamp, expand, float32Of, mul, ndarray, sizeOf, traced, type NdArray } from '@whitewater/tensor'
import { cacheFolder } from '../../data/cache.ts'
import { arraysHash, sha256 } from '../../data/checksum.ts'
import { download, type Published } from '../../data/download.ts'
import { readBytes } from '../../data/files.ts'
import { parseSafetensors } from '../../data/safetensors.ts'
import { parseTorchFile } from '../../data/torch-file.ts'
import { usageError } from '../../errors.ts'
import { inception, inceptionFeatures } from '../../nn/inception/network.ts'
import { foldBatchNorms } from '../../nn/inception/weights.ts'
import { constantWeights, type Weights } from '../../nn/weights.ts'
import { inBatches, type ExtractorOptions, type FeatureExtractor } from './extractor.ts'

const name = 'inception'
const file = 'pt_inception-2015-12-05-6726825d.pth'

const published: Published = {
  what: "Inception's weights",
  mirrors: [
    `https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/${file}`,
    `https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth`,
  ],
  checksum: '6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2',
  advice: `get ${file} elsewhere and pass it with --weights`,
}

/** Images a run: the throughput of 32 in half the memory. */
const IMAGES_A_RUN = 16

/** Safetensors begin with the length of a JSON object, whose brace is the ninth byte; torch.save's files are the others. */
function parsed(bytes: Uint8Array, path: string): Weights {
  const isSafetensors = bytes[8] === 0x7b
  return isSafetensors ? parseSafetensors(bytes, path).tensors : parseTorchFile(bytes, path)
}

/** The file that is given, else the one in the cache, else downloaded to there. */
async function checkpoint(options: ExtractorOptions): Promise<[Weights, string]> {
  const { weights, cache, onProgress, signal } = options
  if (weights !== undefined) return [parsed(await readBytes(weights), weights), weights]
  const path = join(cache ?? cacheFolder('features'), file)
  const kept = await readBytes(path).catch(() => undefined)
  const bytes =
    kept && sha256(kept) === published.checksum
      ? kept
      : await download(published, path, { onProgress, signal })
  return [parsed(bytes, path), path]
}

function checkShape(shape: readonly number[]): void {
  if (shape.length === 4 && (shape[1] === 1 || shape[1] === 3)) return
  throw usageError(
    `features '${name}' take images of shape [1 or 3, height, width], got samples of shape [${shape.slice(1).join(', ')}]: compare without --features`,
  )
}

/** Fewer images than a program takes are filled up: the others are left out of what it gives. */
function filled({ data, shape: [count, ...image] }: NdArray<Float32Array>, rows: number) {
  if (count === rows) return ndarray(data, [count, ...image])
  const whole = new Float32Array(rows * sizeOf(image))
  whole.set(data)
  return ndarray(whole, [rows, ...image])
}

/**
 * About 70 ms of processor time an image. Images of one channel are taken as grey. pytorch-fid reads images that were rounded to 256 levels; these are not rounded.
 * @throws WhitewaterError: usage for a file of weights that does not exist, failure when it is of another network, or cannot be
 *   downloaded
 */
export async function inceptionExtractor(options: ExtractorOptions): Promise<FeatureExtractor> {
  const weights = foldBatchNorms(...(await checkpoint(options)))
  const scope = constantWeights(weights)
  const program = traced(({ x }) => {
    const [n, , ...size] = x.shape
    const unit = mul(add(clamp(x, -1, 1), 1), 0.5)
    return { y: inception(scope, expand(unit, [n, 3, ...size])).features }
  }, options.engine)
  return {
    name,
    dimension: inceptionFeatures,
    hash: arraysHash(weights),
    async features(images, onProgress) {
      checkShape(images.shape)
      const rows = Math.min(IMAGES_A_RUN, images.shape[0])
      const extract = async (x: NdArray<Float32Array>) => {
        const { y } = await program({ x: filled(x, rows) })
        return float32Of(y.data).subarray(0, x.shape[0] * inceptionFeatures)
      }
      return inBatches(images, { rows, dimension: inceptionFeatures }, extract, onProgress)
    },
    dispose: () => program.dispose(),
  }
}
