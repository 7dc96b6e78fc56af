// A perceptual distance compares images by the activations of a trained network in place of their pixels (Johnson et al. 2016).
import type { Tensor } from '@whitewater/tensor'

/** Feature maps of images in which reconstructions are compared. */
export interface Perceptual {
  readonly name: string
  /** SHA-256 of the weights, hex. */
  readonly hash: string
  /** Images x [n, c, h, w] in [-1, 1] to maps [n, channels, height, width], first to last. */
  maps(x: Tensor): readonly Tensor[]
}
