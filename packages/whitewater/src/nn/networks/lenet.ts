// A small convolutional classifier in the manner of LeNet-5 (LeCun et al. 1998). Its first two convolutions stride, so that
// hardly anything runs at full size. What lies before its last layer serves as features of images.
import { averagePool, relu, reshape, type Tensor } from '@whitewater/tensor'
import { usageError } from '../../errors.ts'
import { conv2d, linear } from '../layers.ts'
import type { Scope } from '../scope.ts'

export interface LenetOptions {
  readonly classes: number
  /** Channels per convolution. */
  readonly channels: readonly [number, number, number]
  /** Features before the last layer. */
  readonly width: number
}

export interface Classified {
  /** Activations of the convolutions [n, channels, height, width], at a half, a quarter and a quarter of the image's size. */
  readonly maps: readonly Tensor[]
  /** [n, width], none negative. */
  readonly features: Tensor
  /** [n, classes] */
  readonly logits: Tensor
}

/** Pixels a side that strides and pools leave something of. */
const SMALLEST = 8

/** @throws WhitewaterError (usage) unless samples of that shape are images [c, h, w] of at least 8 x 8 */
export function checkLenetImage(what: string, image: readonly number[]): void {
  if (image.length === 3 && Math.min(image[1], image[2]) >= SMALLEST) return
  throw usageError(
    `${what} has samples of shape [${image.join(', ')}], expected images [channels, height, width] of at least ${SMALLEST} x ${SMALLEST}`,
  )
}

/** Images x [n, c, h, w] to class scores. */
export function lenet(p: Scope, x: Tensor, { classes, channels, width }: LenetOptions): Classified {
  const first = relu(conv2d(p.at('conv1'), x, channels[0], { kernel: 5, stride: 2 }))
  const second = relu(conv2d(p.at('conv2'), first, channels[1], { stride: 2 }))
  const third = relu(conv2d(p.at('conv3'), second, channels[2]))
  const flat = reshape(averagePool(third, 2), [x.shape[0], -1])
  const features = relu(linear(p.at('fc1'), flat, width))
  return { maps: [first, second, third], features, logits: linear(p.at('fc2'), features, classes) }
}
