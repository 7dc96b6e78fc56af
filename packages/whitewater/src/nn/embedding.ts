// Embeddings of path time and of labels.
import { concat, constant, cos, mul, reshape, silu, sin, type Tensor } from '@whitewater/tensor'
import { embedding, linear } from './layers.ts'
import type { Scope } from './scope.ts'

/** t in [0, 1] is stretched to this range, over which the frequencies 1 ... 1/10000 complete from many turns to none. */
export const TIME_SCALE = 1000

/**
 * [cos, sin] of t at geometrically spaced frequencies (Vaswani et al. 2017, in DiT's order): [n] to [n, width].
 * @param scale multiplies t first; 1 for checkpoints that were trained on t in [0, 1000]
 */
export function sinusoidal(t: Tensor, width: number, scale = TIME_SCALE): Tensor {
  if (width % 2 !== 0)
    throw new RangeError(`sinusoidal: width ${width} must be even, half cosines and half sines`)
  const half = width / 2
  const frequencies = Float32Array.from({ length: half }, (_, k) => Math.exp((-Math.log(10_000) * k) / half))
  const phase = mul(mul(reshape(t, [-1, 1]), scale), constant(frequencies, [1, half]))
  return concat([cos(phase), sin(phase)], 1)
}

/** Sinusoids through a two-layer network: [n] to [n, width]. */
export function timeEmbedding(p: Scope, t: Tensor, width: number, sinusoids = width + (width % 2)): Tensor {
  const hidden = silu(linear(p.at('mlp.0'), sinusoidal(t, sinusoids), width))
  return linear(p.at('mlp.2'), hidden, width)
}

/** A learned row a class, and one more, index `classes`, for 'no label' (classifier-free guidance): [n] to [n, width]. */
export const labelEmbedding = (p: Scope, labels: Tensor, classes: number, width: number): Tensor =>
  embedding(p.at('embedding_table'), labels, classes + 1, width)
