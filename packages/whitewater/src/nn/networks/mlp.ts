// The plain multilayer perceptron of flow matching's 2-D examples: [x, t, one-hot label] through SiLU layers.
import { reshape, silu, sizeOf } from '@whitewater/tensor'
import { linear } from '../layers.ts'
import { flatInputs, type FieldNetwork } from '../network.ts'

export interface MlpOptions {
  readonly width?: number
  /** Number of hidden layers. */
  readonly depth?: number
}

export function mlp({ width = 256, depth = 3 }: MlpOptions = {}): FieldNetwork {
  return {
    kind: 'mlp',
    options: { width, depth },
    build(p, inputs) {
      const { shape } = inputs.x
      let h = flatInputs(inputs)
      for (let layer = 0; layer < depth; layer++) h = silu(linear(p.at(`layers.${layer}`), h, width))
      return reshape(linear(p.at('output'), h, sizeOf(shape.slice(1))), shape)
    },
  }
}
