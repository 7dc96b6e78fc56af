// The plain multilayer perceptron of flow matching's 2-D examples: [x, t, one-hot label] through SiLU layers.
import { concat, oneHot, reshape, silu, sizeOf, type Tensor } from '@whitewater/tensor'
import { linear } from '../layers.ts'
import { condition, type FieldNetwork } from '../network.ts'

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
      const { x, t } = inputs
      const size = sizeOf(x.shape.slice(1))
      const given = condition(inputs)
      const parts = [reshape(x, [-1, size]), reshape(t, [-1, 1])]
      if (given) parts.push(oneHot(given.labels, given.classes + 1))
      let h: Tensor = concat(parts, 1)
      for (let layer = 0; layer < depth; layer++) h = silu(linear(p.at(`layers.${layer}`), h, width))
      return reshape(linear(p.at('output'), h, size), x.shape)
    },
  }
}
