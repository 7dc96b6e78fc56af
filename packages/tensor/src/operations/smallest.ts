// The least elements along an axis, as searches for nearest neighbours need them.
import { formatShape, operation, requireDtype, type Tensor } from '../tensor.ts'
import { normaliseAxis } from './shape.ts'

const least = operation<{ count: number; axis: number }>('smallest', {
  shape: ([x], { count, axis }) => x.shape.with(axis, count),
  emit: (graph, [x], _, { count, axis }) =>
    graph.nodes('TopK', [x, graph.integers([count])], 2, { axis, largest: 0, sorted: 1 })[0],
  gradient: () => {
    throw new RangeError('smallest: has no gradient; use min, which has one')
  },
})

/**
 * The `count` smallest elements along an axis, ascending; that axis then has extent `count`. An element that stands there twice
 * counts twice. It runs on the CPU where the device has no kernel for it (WebGPU).
 * @throws RangeError unless count is a whole number from 1 to the axis' extent
 */
export function smallest(x: Tensor, count: number, axis = -1): Tensor {
  requireDtype('smallest', x, ['float32', 'float64', 'int32', 'int64'])
  const at = normaliseAxis('smallest', axis, x.shape.length)
  if (!(Number.isInteger(count) && count >= 1 && count <= x.shape[at])) {
    throw new RangeError(
      `smallest: ${count} of ${formatShape(x.shape)}, expected 1 to ${x.shape[at]} along axis ${at}`,
    )
  }
  return least([x], { count, axis: at })
}
