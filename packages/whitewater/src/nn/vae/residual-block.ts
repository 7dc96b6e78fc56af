// What encoder and decoder are made of; parameters are named as in diffusers' AutoencoderKL where the parts are the same.
import { add, silu, type Tensor } from '@whitewater/tensor'
import { zeros } from '../initialise.ts'
import { conv2d, groupNorm } from '../layers.ts'
import type { Scope } from '../scope.ts'

/** Group norm, SiLU, 3 x 3 convolution. */
export function normalisedConv(
  p: Scope,
  names: readonly [norm: string, conv: string],
  x: Tensor,
  width: number,
  groups: number,
): Tensor {
  return conv2d(p.at(names[1]), silu(groupNorm(p.at(names[0]), x, groups)), width)
}

/** x + conv(silu(norm(conv(silu(norm(x)))))); the identity before training, so that many in a row train as one does. */
function residualBlock(p: Scope, x: Tensor, groups: number): Tensor {
  const width = x.shape[1]
  const h = normalisedConv(p, ['norm1', 'conv1'], x, width, groups)
  const last = silu(groupNorm(p.at('norm2'), h, groups))
  return add(x, conv2d(p.at('conv2'), last, width, { initialise: zeros }))
}

/** `count` residual blocks. */
export function residualBlocks(p: Scope, x: Tensor, count: number, groups: number): Tensor {
  let h = x
  for (let i = 0; i < count; i++) h = residualBlock(p.at(`resnets.${i}`), h, groups)
  return h
}
