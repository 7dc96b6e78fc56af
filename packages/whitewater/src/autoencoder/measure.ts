// What is measured of a trained autoencoder: the scale of its latents, and how well it gives images back.
import {
  clamp,
  mean,
  ndarray,
  sizeOf,
  square,
  sub,
  traced,
  type CompileOptions,
  type NdArray,
} from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { decoder, encoder } from '../nn/vae/vae.ts'
import { constantWeights } from '../nn/weights.ts'
import { Autoencoder, type Images, type MapOptions } from './autoencoder.ts'
import { klDivergence } from './loss.ts'
import { weightsOf, type AutoencoderParts, type Normalisation } from './parts.ts'

export interface MeasureOptions extends MapOptions {
  readonly engine?: CompileOptions
}

/** Mean and deviation of each channel of latents [n, channels, ...], in float64. */
export function channelMoments({ data, shape }: NdArray<Float32Array>): Normalisation {
  const [count, channels] = shape
  const pixels = sizeOf(shape.slice(2))
  const sums = (term: (value: number, channel: number) => number): number[] => {
    const out = Array<number>(channels).fill(0)
    for (let at = 0; at < data.length; at++) {
      const channel = Math.floor(at / pixels) % channels
      out[channel] += term(data[at], channel)
    }
    return out.map((sum) => sum / (count * pixels))
  }
  const centre = sums((value) => value)
  const variance = sums((value, channel) => (value - centre[channel]) ** 2)
  return { mean: centre, deviation: variance.map(Math.sqrt) }
}

/**
 * The scale of the latents that these weights give the training images.
 * @throws WhitewaterError (failure) where a channel is the same for all images
 */
export async function measuredNormalisation(
  parts: Omit<AutoencoderParts, 'normalisation'>,
  images: Images,
  options: MeasureOptions,
): Promise<Normalisation> {
  const { latentChannels } = parts.plan
  const asIs = {
    mean: Array<number>(latentChannels).fill(0),
    deviation: Array<number>(latentChannels).fill(1),
  }
  const plain = new Autoencoder({ ...parts, normalisation: asIs }, options.engine)
  const moments = channelMoments(await plain.encode(images, options).finally(() => plain.dispose()))
  const empty = moments.deviation.findIndex((value) => !(value > 1e-6))
  if (empty >= 0)
    throw failureError(
      `channel ${empty} of the latents is the same for all images: train longer, or lower klWeight or latentChannels`,
    )
  return moments
}

/** How images come back from their posterior means. */
export interface Reconstruction {
  /** Images measured, and whether training saw them. */
  readonly samples: number
  readonly split: 'train' | 'test'
  /** Mean squared error a pixel, in units of [-1, 1]. */
  readonly mse: number
  /** 10 log10(4 / mse), dB: the range of pixels is 2. */
  readonly psnr: number
  /** KL divergence of the posterior, nats a dimension. */
  readonly kl: number
}

/** @param images [n, ...image] */
export async function reconstructionOf(
  parts: AutoencoderParts,
  images: Images,
  split: Reconstruction['split'],
  { batch = 256, signal, engine }: MeasureOptions,
): Promise<Reconstruction> {
  const { plan } = parts
  const [count] = images.shape
  const p = constantWeights(weightsOf(parts))
  const run = traced(({ x }) => {
    const posterior = encoder(p, plan, x)
    const made = clamp(decoder(p, plan, posterior.mean), -1, 1)
    return { error: mean(square(sub(made, x))), kl: klDivergence(posterior) }
  }, engine)
  const size = sizeOf(plan.image)
  let mse = 0
  let kl = 0
  try {
    for (let start = 0; start < count; start += batch) {
      signal?.throwIfAborted()
      const end = Math.min(count, start + batch)
      const x = ndarray(images.data.subarray(start * size, end * size), [end - start, ...plan.image])
      const found = await run({ x })
      mse += (Number(found.error.data[0]) * (end - start)) / count
      kl += (Number(found.kl.data[0]) * (end - start)) / count
    }
  } finally {
    await run.dispose()
  }
  return { samples: count, split, mse, psnr: 10 * Math.log10(4 / mse), kl }
}
