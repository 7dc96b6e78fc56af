// Samples to coordinates along eigenvectors and back, where labels choose among a few sets of eigenvectors.
import { constant, gather, matmul, mul, oneHot, reshape, type Tensor } from '@whitewater/tensor'

export interface Rotation {
  /** U^T x, [n, d]. */
  into(x: Tensor): Tensor
  /** U z, [n, d]. */
  back(z: Tensor): Tensor
}

const none: Rotation = { into: (x) => x, back: (z) => z }

function transposed(vectors: Float64Array, d: number): Float32Array {
  const result = new Float32Array(d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) result[j * d + i] = vectors[i * d + j]
  return result
}

function stacked(parts: readonly ArrayLike<number>[], d: number): Tensor {
  const data = new Float32Array(parts.length * d * d)
  parts.forEach((part, g) => data.set(part, g * d * d))
  return constant(data, [parts.length * d, d])
}

/**
 * x W_g for the set g of each row. One product with all sets below each other and x in the columns of its own set, zeros elsewhere:
 * a product for each row alone would have to read d^2 numbers a row.
 */
function product(x: Tensor, stack: Tensor, which: Tensor | undefined): Tensor {
  const d = x.shape[1]
  const sets = stack.shape[0] / d
  if (!which) return matmul(x, stack)
  const mask = reshape(oneHot(which, sets, x.dtype), [-1, sets, 1])
  return matmul(reshape(mul(reshape(x, [-1, 1, d]), mask), [-1, sets * d]), stack)
}

/**
 * @param sets eigenvectors as columns, [d, d] each; empty where coordinates are the features themselves
 * @param setOfLabel which set each label has
 * @returns the rotation of rows with these labels, int32 [n]
 */
export function rotationsOf(
  sets: readonly Float64Array[],
  setOfLabel: Int32Array,
): (labels?: Tensor) => Rotation {
  if (sets.length === 0) return () => none
  const d = Math.sqrt(sets[0].length)
  const into = stacked(sets, d)
  const back = stacked(
    sets.map((vectors) => transposed(vectors, d)),
    d,
  )
  const choose = constant(setOfLabel)
  return (labels) => {
    const which = sets.length > 1 && labels ? gather(choose, labels) : undefined
    return { into: (x) => product(x, into, which), back: (z) => product(z, back, which) }
  }
}
