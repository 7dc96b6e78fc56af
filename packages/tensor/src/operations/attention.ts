// Scaled dot-product attention, composed of products and a softmax.
import type { Tensor } from '../tensor.ts'
import { mul } from './elementwise.ts'
import { matmul } from './matmul.ts'
import { softmax } from './softmax.ts'

/** softmax(q k^T scale) v for q, k, v [..., tokens, width]; scale is 1/sqrt(width) unless given (Vaswani et al. 2017). */
export function attention(query: Tensor, key: Tensor, value: Tensor, scale?: number): Tensor {
  const width = query.shape[query.shape.length - 1]
  const scores = matmul(mul(query, scale ?? 1 / Math.sqrt(width)), key, { transposeB: true })
  return matmul(softmax(scores), value)
}
