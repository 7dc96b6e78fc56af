// The least elements along the last axis, as searches for nearest neighbours need them.
import { formatShape, operation, requireDtype, type Tensor } from '../tensor.ts'

const least = operation<{ count: number }>('smallest', {
  shape: ([x], { count }) => [...x.shape.slice(0, -1), count],
  emit: (graph, [x], _, { count }) =>
    graph.nodes('TopK', [x, graph.integers([count])], 2, { axis: -1, largest: 0, sorted: 1 })[0],
  gradient: () => {
    throw new RangeError('smallest: has no gradient; use min, which has one')
  },
})

/**
 * The `count` smallest elements along the last axis, ascending: [..., count]. An element that stands there twice counts twice.
 * It runs on the CPU where the device has no kernel for it (WebGPU).
 * @throws RangeError unless count is a whole number from 1 to the last extent
 */
export function smallest(x: Tensor, count: number): Tensor {
  requireDtype('smallest', x, ['float32', 'float64', 'int32', 'int64'])
  const extent = x.shape.at(-1) ?? 0
  if (!(Number.isInteger(count) && count >= 1 && count <= extent)) {
    throw new RangeError(
      `smallest: ${count} of ${formatShape(x.shape)}, expected 1 to ${extent} along the last axis`,
    )
  }
  return least([x], { count })
}
