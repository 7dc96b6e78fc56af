// A residual MLP for vectors: pre-norm blocks, each told the time and label; the network for latents on a CPU.
import { add, mul, reshape, silu, sizeOf, type Tensor } from '@whitewater/tensor'
import { z } from 'zod'
import { labelEmbedding, timeEmbedding } from '../embedding.ts'
import { zeros } from '../initialise.ts'
import { layerNorm, linear } from '../layers.ts'
import { condition, type FieldNetwork } from '../network.ts'
import type { Scope } from '../scope.ts'
import { networkKind } from './kind.ts'

export interface ResidualMlpOptions {
  readonly width?: number
  /** Number of residual blocks. */
  readonly depth?: number
}

/** h + W2 silu(W1 norm(h) + Wc c): the condition c shifts the hidden layer. */
function block(p: Scope, h: Tensor, c: Tensor): Tensor {
  const width = h.shape[1]
  const hidden = add(
    linear(p.at('fc1'), layerNorm(p.at('norm'), h), width),
    linear(p.at('condition'), c, width),
  )
  return add(h, linear(p.at('fc2'), silu(hidden), width))
}

export const residualMlpKind = networkKind({
  name: 'residual-mlp',
  about: 'a residual perceptron told the time in every block: for vectors and small images on a CPU',
  options: {
    width: z.int().min(1).default(384).describe('units of the residual stream; 384 unless given'),
    depth: z.int().min(1).default(4).describe('residual blocks; 4 unless given'),
  },
  small: { width: 128, depth: 2 },
  make: ({ width, depth }) => ({
    kind: 'residual-mlp',
    options: { width, depth },
    build(p, inputs) {
      const { x, t } = inputs
      const size = sizeOf(x.shape.slice(1))
      const given = condition(inputs)
      const time = timeEmbedding(p.at('t_embedder'), t, width)
      const c = silu(
        given ? add(time, labelEmbedding(p.at('y_embedder'), given.labels, given.classes, width)) : time,
      )
      let h = linear(p.at('input'), reshape(x, [-1, size]), width)
      for (let index = 0; index < depth; index++) h = block(p.at(`blocks.${index}`), h, c)
      // A stream narrower than x cannot carry its noise, which the velocity must remove exactly: a gain a feature, told the
      // time, carries it around. Both parts start at zero, so the first steps fit the mean instead of undoing a random field.
      const gain = linear(p.at('gain'), c, size, { initialise: zeros })
      const v = linear(p.at('output'), layerNorm(p.at('norm'), h), size, { initialise: zeros })
      return reshape(add(v, mul(gain, reshape(x, [-1, size]))), x.shape)
    },
  }),
})

/** @throws WhitewaterError (usage) for a width or depth that is no whole number of at least 1 */
export const residualMlp = (options: ResidualMlpOptions = {}): FieldNetwork =>
  residualMlpKind.make({ ...options }, 'network')
