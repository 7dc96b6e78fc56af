// The 168-parameter field of section G.1 of the paper: [x, t, one-hot label] through two small layers, for a preconditioner that costs next to nothing.
import { reshape, silu, sizeOf } from '@whitewater/tensor'
import { linear } from '../layers.ts'
import { flatInputs, type FieldNetwork } from '../network.ts'
import { networkKind } from './kind.ts'

export const tinyKind = networkKind({
  name: 'tiny',
  about:
    '12 and 8 units, 168 parameters in two dimensions (Table 3): for a preconditioner of next to no cost',
  options: {},
  small: {},
  make: () => ({
    kind: 'tiny',
    options: {},
    build(p, inputs) {
      const { shape } = inputs.x
      let h = flatInputs(inputs)
      for (const [layer, width] of [12, 8].entries()) h = silu(linear(p.at(`layers.${layer}`), h, width))
      return reshape(linear(p.at('output'), h, sizeOf(shape.slice(1)), { bias: false }), shape)
    },
  }),
})

/** 12 and 8 units, no bias at the output: (d + 2) 12 + 104 + 8 d parameters, 168 in two dimensions without labels. */
export const tiny = (): FieldNetwork => tinyKind.make({}, 'network')
