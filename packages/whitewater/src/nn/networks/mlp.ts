// The plain multilayer perceptron of flow matching's 2-D examples: [x, t, one-hot label] through SiLU layers.
import { reshape, silu, sizeOf } from '@whitewater/tensor'
import { z } from 'zod'
import { linear } from '../layers.ts'
import { flatInputs, type FieldNetwork } from '../network.ts'
import { networkKind } from './kind.ts'

export interface MlpOptions {
  readonly width?: number
  /** Number of hidden layers. */
  readonly depth?: number
}

export const mlpKind = networkKind({
  name: 'mlp',
  about: 'a plain perceptron: for points and short vectors',
  options: {
    width: z.int().min(1).default(256).describe('units of a hidden layer; 256 unless given'),
    depth: z.int().min(1).default(3).describe('hidden layers; 3 unless given'),
  },
  small: { width: 64, depth: 3 },
  make: ({ width, depth }) => ({
    kind: 'mlp',
    options: { width, depth },
    build(p, inputs) {
      const { shape } = inputs.x
      let h = flatInputs(inputs)
      for (let layer = 0; layer < depth; layer++) h = silu(linear(p.at(`layers.${layer}`), h, width))
      return reshape(linear(p.at('output'), h, sizeOf(shape.slice(1))), shape)
    },
  }),
})

/** @throws WhitewaterError (usage) for a width or depth that is no whole number of at least 1 */
export const mlp = (options: MlpOptions = {}): FieldNetwork => mlpKind.make({ ...options }, 'network')
