// The class-conditional convolutional network of Table 4: 7 convolutions, one-hot label and sinusoidal time through MLPs.
import { add, oneHot, reshape, silu, sizeOf, type Tensor } from '@whitewater/tensor'
import { z } from 'zod'
import { timeEmbedding } from '../embedding.ts'
import { zeros } from '../initialise.ts'
import { conv2d, linear } from '../layers.ts'
import { condition, type FieldInputs, type FieldNetwork } from '../network.ts'
import type { Scope } from '../scope.ts'
import { networkKind } from './kind.ts'

export interface CnnOptions {
  /** Hidden channels: 256 gives 2.32 M parameters on 4 x 4 x 4 latents with ten classes, 169 about 1.02 M. */
  readonly width?: number
  /** [channels, height, width] to see flat vectors as; images keep their own. */
  readonly image?: readonly number[]
}

function conditioning(p: Scope, inputs: FieldInputs, width: number): Tensor {
  const time = timeEmbedding(p.at('time'), inputs.t, width)
  const given = condition(inputs)
  if (!given) return silu(time)
  const hot = oneHot(given.labels, given.classes + 1)
  const label = linear(p.at('label.2'), silu(linear(p.at('label.0'), hot, width)), width)
  return silu(add(time, label))
}

/** A 3 x 3 convolution shifted a channel by the condition, then a 1 x 1 one, around a skip. */
function block(p: Scope, h: Tensor, c: Tensor, mix: boolean): Tensor {
  const width = h.shape[1]
  const shift = reshape(linear(p.at('condition'), c, width), [-1, width, 1, 1])
  const wide = silu(add(conv2d(p.at('conv1'), h, width), shift))
  return add(h, mix ? conv2d(p.at('conv2'), wide, width, { kernel: 1 }) : wide)
}

function imageShape(features: readonly number[], image: readonly number[] | undefined): readonly number[] {
  if (!image && features.length === 3) return features
  if (!image)
    throw new RangeError(
      `cnn: samples of shape [${features.join(', ')}] are no images; set image: [channels, height, width]`,
    )
  if (image.length !== 3 || sizeOf(image) !== sizeOf(features)) {
    throw new RangeError(
      `cnn: image [${image.join(', ')}] does not hold the ${sizeOf(features)} values of a sample`,
    )
  }
  return image
}

export const cnnKind = networkKind({
  name: 'cnn',
  about: 'the class-conditional convolutional network of Table 1: for latents and images',
  options: {
    width: z
      .int()
      .min(1)
      .default(256)
      .describe('hidden channels; 256 unless given: 2.32 M parameters on 4 x 4 x 4 latents with ten classes'),
    image: z
      .tuple([z.int().min(1), z.int().min(1), z.int().min(1)])
      .readonly()
      .optional()
      .describe('[channels, height, width] to see flat samples as'),
  },
  small: { width: 64 },
  make: ({ width, image }) => ({
    kind: 'cnn',
    options: { width, ...(image && { image }) },
    build(p, inputs) {
      const { x } = inputs
      const [channels, ...pixels] = imageShape(x.shape.slice(1), image)
      const c = conditioning(p, inputs, width)
      let h = silu(conv2d(p.at('input'), reshape(x, [-1, channels, ...pixels]), width))
      for (const index of [0, 1, 2]) h = block(p.at(`blocks.${index}`), h, c, index < 2)
      return reshape(conv2d(p.at('output'), h, channels, { initialise: zeros }), x.shape)
    },
  }),
})

/** @throws WhitewaterError (usage) for a width that is no whole number of at least 1, or an image of other than three extents */
export const cnn = (options: CnnOptions = {}): FieldNetwork => cnnKind.make({ ...options }, 'network')
