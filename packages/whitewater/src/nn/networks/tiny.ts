// The 168-parameter field of SPEC 5.4: [x, t, one-hot label] through two small layers, for a preconditioner that costs next to nothing.
import { concat, oneHot, reshape, silu, sizeOf, type Tensor } from '@whitewater/tensor'
import { linear } from '../layers.ts'
import { condition, type FieldNetwork } from '../network.ts'

/** 12 and 8 units, no bias at the output: (d + 2) 12 + 104 + 8 d parameters, 168 in two dimensions without labels. */
export function tiny(): FieldNetwork {
  return {
    kind: 'tiny',
    options: {},
    build(p, inputs) {
      const { x, t } = inputs
      const size = sizeOf(x.shape.slice(1))
      const given = condition(inputs)
      const parts = [reshape(x, [-1, size]), reshape(t, [-1, 1])]
      if (given) parts.push(oneHot(given.labels, given.classes + 1))
      let h: Tensor = concat(parts, 1)
      for (const [layer, width] of [12, 8].entries()) h = silu(linear(p.at(`layers.${layer}`), h, width))
      return reshape(linear(p.at('output'), h, size, { bias: false }), x.shape)
    },
  }
}
