// Rows chosen by integer indices: of a table, and of the identity matrix. The gradient of the first is a product with the second.
import { sizeOf, type DType } from '../array.ts'
import { onnxType } from '../graph.ts'
import { operation, requireDtype, type Tensor } from '../tensor.ts'
import { matmul } from './matmul.ts'
import { reshape } from './shape.ts'

const oneHotOperation = operation<{ classes: number; dtype: DType }>('oneHot', {
  shape: ([x], { classes }) => [...x.shape, classes],
  dtype: (_, { dtype }) => dtype,
  emit: (graph, [x], node, { classes, dtype }) => {
    const [indices] = node.inputs
    const all = Array.from({ length: classes }, (_, index) => index)
    const range =
      indices.dtype === 'int64' ? graph.integers(all) : graph.constant(Int32Array.from(all), [classes])
    const column = graph.node('Unsqueeze', [x, graph.integers([indices.shape.length])])
    return graph.node('Cast', [graph.node('Equal', [column, range])], { to: onnxType(dtype) })
  },
  gradient: null,
})

/** One-hot rows: [..., classes] of `dtype` from integer indices [...]; an index outside 0..classes-1 gives a zero row. */
export function oneHot(indices: Tensor, classes: number, dtype: DType = 'float32'): Tensor {
  requireDtype('oneHot: indices', indices, ['int32', 'int64'])
  return oneHotOperation([indices], { classes, dtype })
}

const gatherRows = operation<Record<string, never>>('gather', {
  shape: ([table, indices]) => [...indices.shape, ...table.shape.slice(1)],
  emit: (graph, inputs) => graph.node('Gather', inputs, { axis: 0 }),
  // Scattering as a product with one-hot rows runs everywhere and sums in a fixed order.
  gradient: ([table, indices], _, dy) => {
    const rows = table.shape[0]
    const width = sizeOf(table.shape) / table.shape[0]
    const hot = oneHot(reshape(indices, [-1]), rows, dy.dtype)
    return [reshape(matmul(hot, reshape(dy, [-1, width]), { transposeA: true }), table.shape), null]
  },
})

/** Rows of a table [rows, ...] at integer indices [...]: [...indices, ...]. An embedding look-up. */
export function gather(table: Tensor, indices: Tensor): Tensor {
  requireDtype('gather: indices', indices, ['int32', 'int64'])
  return gatherRows([table, indices], {})
}
