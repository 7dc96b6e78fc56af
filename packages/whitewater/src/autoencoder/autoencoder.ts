// A trained autoencoder: images to latents of mean 0 and deviation 1, and back.
import {
  sameShape,
  add,
  clamp,
  constant,
  div,
  float32Of,
  mul,
  ndarray,
  sizeOf,
  sub,
  traced,
  type CompileOptions,
  type NdArray,
  type Tensor,
  type Traced,
} from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { decoder, encoder } from '../nn/vae/vae.ts'
import { constantWeights } from '../nn/weights.ts'
import { hashOf, weightsOf, type AutoencoderParts, type Normalisation } from './parts.ts'

export type Images = NdArray<Float32Array>

export interface MapOptions {
  /** Samples mapped at once; 256 unless given. */
  readonly batch?: number
  readonly onProgress?: (done: number, count: number) => void
  readonly signal?: AbortSignal
}

/** A number a channel, to combine with [n, channels, height, width]. */
const perChannel = (values: readonly number[]): Tensor =>
  constant(Float32Array.from(values), [1, values.length, 1, 1])

/** Posterior means to latents. */
const normalised = (x: Tensor, { mean, deviation }: Normalisation): Tensor =>
  div(sub(x, perChannel(mean)), perChannel(deviation))

/** Latents to posterior means. */
const restored = (z: Tensor, { mean, deviation }: Normalisation): Tensor =>
  add(mul(z, perChannel(deviation)), perChannel(mean))

/** Owns compiled programs until `dispose`. */
export class Autoencoder {
  readonly #encode: Traced
  readonly #decode: Traced
  /** SHA-256, hex, of weights and normalisation: latents belong to the autoencoder of this hash. */
  readonly hash: string

  constructor(
    readonly parts: AutoencoderParts,
    engine: CompileOptions = {},
  ) {
    const { plan, normalisation } = parts
    const p = constantWeights(weightsOf(parts))
    this.hash = hashOf(parts)
    this.#encode = traced(({ x }) => ({ y: normalised(encoder(p, plan, x).mean, normalisation) }), engine)
    this.#decode = traced(
      ({ x }) => ({ y: clamp(decoder(p, plan, restored(x, normalisation)), -1, 1) }),
      engine,
    )
  }

  /** Shape of one image, [channels, height, width]. */
  get image(): readonly number[] {
    return this.parts.plan.image
  }

  /** Shape of one latent, [channels, height, width]. */
  get latent(): readonly number[] {
    return this.parts.plan.latent
  }

  /** Number of weights, of encoder and decoder together. */
  get parameters(): number {
    return this.parts.weights.length
  }

  /**
   * @param images [n, ...image] in [-1, 1]
   * @returns posterior means [n, ...latent], each channel with mean 0 and deviation 1 over the training images
   * @throws WhitewaterError (usage) for images of another shape; the reason of `signal` when that is aborted
   */
  async encode(images: Images, options: MapOptions = {}): Promise<NdArray<Float32Array>> {
    return inBatches(this.#encode, images, { from: this.image, to: this.latent, what: 'images' }, options)
  }

  /**
   * @param latents [n, ...latent], or flat [n, d], as `encode` gives them
   * @returns images [n, ...image] in [-1, 1]
   * @throws as `encode`
   */
  async decode(latents: NdArray<Float32Array>, options: MapOptions = {}): Promise<Images> {
    return inBatches(this.#decode, latents, { from: this.latent, to: this.image, what: 'latents' }, options)
  }

  async dispose(): Promise<void> {
    await this.#encode.dispose()
    await this.#decode.dispose()
  }
}

interface Way {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly what: string
}

function checkShape({ shape }: NdArray, { from, what }: Way): void {
  const given = shape.slice(1)
  const flat = given.length === 1 && given[0] === sizeOf(from) && what === 'latents'
  if (flat || sameShape(given, from)) return
  throw usageError(`got ${what} of shape [${given.join(', ')}], this autoencoder takes [${from.join(', ')}]`)
}

async function inBatches(
  run: Traced,
  x: NdArray<Float32Array>,
  way: Way,
  { batch = 256, onProgress, signal }: MapOptions,
): Promise<NdArray<Float32Array>> {
  checkShape(x, way)
  const [count] = x.shape
  const size = sizeOf(way.from)
  const width = sizeOf(way.to)
  const result = new Float32Array(count * width)
  for (let start = 0; start < count; start += batch) {
    signal?.throwIfAborted()
    const end = Math.min(count, start + batch)
    const part = ndarray(x.data.subarray(start * size, end * size), [end - start, ...way.from])
    result.set(float32Of((await run({ x: part })).y.data), start * width)
    onProgress?.(end, count)
  }
  return ndarray(result, [count, ...way.to])
}
