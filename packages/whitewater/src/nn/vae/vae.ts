// A variational autoencoder of images (Kingma & Welling 2014) as a residual convolutional network with group norm and SiLU (section I.1 of the paper).
import {
  add,
  clamp,
  exp,
  mul,
  reshape,
  slice,
  sliceAxis,
  transpose,
  upsampleNearest,
  type Tensor,
} from '@whitewater/tensor'
import { conv2d } from '../layers.ts'
import type { Scope } from '../scope.ts'
import { normalisedConv, residualBlocks } from './residual-block.ts'
import type { VaePlan } from './plan.ts'

/** A Gaussian with independent dimensions, of a latent's shape. */
export interface Posterior {
  readonly mean: Tensor
  readonly logVariance: Tensor
}

/** Bounds of log variances, beyond which float32 is of no use; diffusers' AutoencoderKL has the same. */
const LOG_VARIANCE_BOUNDS = [-30, 20] as const

/** q(z | x): x [n, ...image] in [-1, 1] to mean and log variance [n, ...latent]. Halves before everything else, since full resolution costs most. */
export function encoder(scope: Scope, plan: VaePlan, x: Tensor): Posterior {
  const { levels, blocks, groups, latentChannels } = plan
  const p = scope.at('encoder')
  let h = x
  levels.forEach(({ channels }, i) => {
    h = conv2d(i === 0 ? p.at('conv_in') : p.at(`down_blocks.${i - 1}.downsamplers.0.conv`), h, channels, {
      stride: 2,
    })
    h = residualBlocks(p.at(`down_blocks.${i}`), h, blocks, groups)
  })
  const both = normalisedConv(p, ['conv_norm_out', 'conv_out'], h, 2 * latentChannels, groups)
  return {
    mean: sliceAxis(both, 1, 0, latentChannels),
    logVariance: clamp(sliceAxis(both, 1, latentChannels, latentChannels), ...LOG_VARIANCE_BOUNDS),
  }
}

/** Cuts what doubling an odd side has left over. */
const cut = (x: Tensor, [height, width]: readonly number[]): Tensor =>
  slice(x, [0, 0, 0, 0], [x.shape[0], x.shape[1], height, width])

/** [n, 4 c, h, w] to [n, c, 2 h, 2 w]: four channels become the pixels of a 2 x 2 square (Shi et al. 2016). */
function depthToSpace(x: Tensor): Tensor {
  const [n, depth, h, w] = x.shape
  const apart = transpose(reshape(x, [n, depth / 4, 2, 2, h, w]), [0, 1, 4, 2, 5, 3])
  return reshape(apart, [n, depth / 4, 2 * h, 2 * w])
}

/** z [n, ...latent] to images [n, ...image], not yet bounded. Channels are narrowed before pixels are doubled, and no layer runs at full resolution. */
export function decoder(scope: Scope, plan: VaePlan, z: Tensor): Tensor {
  const { levels, blocks, groups, image } = plan
  const p = scope.at('decoder')
  let h = conv2d(p.at('conv_in'), z, levels[levels.length - 1].channels)
  ;[...levels].reverse().forEach(({ channels, size }, i) => {
    if (i > 0)
      h = cut(upsampleNearest(conv2d(p.at(`up_blocks.${i - 1}.upsamplers.0.conv`), h, channels), 2), size)
    h = residualBlocks(p.at(`up_blocks.${i}`), h, blocks, groups)
  })
  const pixels = normalisedConv(p, ['conv_norm_out', 'conv_out'], h, 4 * image[0], groups)
  return cut(depthToSpace(pixels), image.slice(1))
}

/** z = mean + deviation * noise, noise from N(0, I). */
export const reparametrised = ({ mean, logVariance }: Posterior, noise: Tensor): Tensor =>
  add(mean, mul(exp(mul(logVariance, 0.5)), noise))
