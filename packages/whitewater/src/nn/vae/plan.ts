// The shapes of a variational autoencoder of images: how often it halves them, and how wide it is at each resolution.
import { usageError } from '../../errors.ts'

/** Options of the network; all numbers. */
export interface VaeOptions {
  /** Channels of the latents: 4 gives 64 numbers where the last resolution is 4 x 4. */
  readonly latentChannels: number
  /** Channels at half the image's resolution; doubled with every further halving, up to four times as many. */
  readonly width: number
  /** Residual blocks at each resolution, in the encoder and again in the decoder. */
  readonly blocks: number
  /** Groups of the group norm, which must divide `width`. */
  readonly groups: number
  /** How often both sides are halved; as often as brings the longer one to at most 4, but at most three times, unless given. */
  readonly halvings?: number
}

/** Extents [height, width] and channels of the hidden layers at one resolution. */
export interface Level {
  readonly size: readonly number[]
  readonly channels: number
}

export interface VaePlan extends VaeOptions {
  /** [channels, height, width] */
  readonly image: readonly number[]
  /** [latentChannels, height, width] */
  readonly latent: readonly number[]
  /** From the finest hidden resolution, half the image's, to that of the latents. */
  readonly levels: readonly Level[]
}

const MOST_HALVINGS = 3
const COARSEST_SIDE = 4

/** A stride of two with a kernel of three and one zero on each side. */
const halved = (size: readonly number[]): number[] => size.map((extent) => Math.ceil(extent / 2))

function usualHalvings(size: readonly number[]): number {
  let count = 1
  let longest = Math.ceil(Math.max(...size) / 2)
  while (longest > COARSEST_SIDE && count < MOST_HALVINGS)
    [count, longest] = [count + 1, Math.ceil(longest / 2)]
  return count
}

/**
 * @param image [channels, height, width]; odd sides are rounded up when halved, and cut again by the decoder
 * @throws WhitewaterError (usage) for samples that are no images, images that are too small, or groups that do not divide the width
 */
export function planOf(image: readonly number[], options: VaeOptions): VaePlan {
  const { width, groups, latentChannels } = options
  if (image.length !== 3)
    throw usageError(
      `an autoencoder takes images [channels, height, width], got samples of shape [${image.join(', ')}]: give images, or train on these as they are`,
    )
  const size = image.slice(1)
  const halvings = options.halvings ?? usualHalvings(size)
  const least = 2 ** halvings
  if (Math.min(...size) < least)
    throw usageError(
      `images of ${size.join(' x ')} pixels cannot be halved ${halvings} times, expected at least ${least} x ${least}: set a smaller halvings, or give larger images`,
    )
  if (width % groups !== 0)
    throw usageError(
      `width ${width} does not divide into ${groups} groups: set a width that does, or other groups`,
    )
  const levels: Level[] = []
  for (let i = 0; i < halvings; i++)
    levels.push({ size: halved(levels[i - 1]?.size ?? size), channels: width * Math.min(4, 2 ** i) })
  return { ...options, image, latent: [latentChannels, ...levels[halvings - 1].size], levels }
}
