// Reordering features: the columns of a matrix in a fixed order. Its gradient is the inverse order, where that of a general look-up
// would be a product with one-hot rows.
import { operation, type Tensor } from '@whitewater/tensor'

const inverseOf = (order: readonly number[]): number[] => {
  const inverse = order.slice()
  order.forEach((from, to) => (inverse[from] = to))
  return inverse
}

const reorder = operation<{ order: readonly number[] }>('columns', {
  shape: ([x]) => x.shape,
  emit: (graph, [x], _, { order }) => graph.node('Gather', [x, graph.integers(order)], { axis: 1 }),
  gradient: (_, __, dy, { order }) => [columns(dy, inverseOf(order))],
})

/**
 * Column j of the result is column order[j] of x [n, d].
 * @throws RangeError unless `order` is a permutation of 0 .. d - 1
 */
export function columns(x: Tensor, order: readonly number[]): Tensor {
  const [, width] = x.shape
  if (order.length !== width || new Set(order).size !== width || !order.every((j) => j >= 0 && j < width))
    throw new RangeError(
      `columns: [${order.join(', ')}] is no permutation of the columns of [${x.shape.join(', ')}]`,
    )
  return order.every((from, to) => from === to) ? x : reorder([x], { order })
}
