// Softmax and its logarithm over one axis.
import { operation, type Tensor } from '../tensor.ts'
import { exp, mul, sub } from './elementwise.ts'
import { sum } from './reduce.ts'
import { normaliseAxis } from './shape.ts'

const softmaxOver = operation<{ axis: number }>('softmax', {
  shape: ([x]) => x.shape,
  emit: (graph, inputs, _, { axis }) => graph.node('Softmax', inputs, { axis }),
  gradient: (_, y, dy, { axis }) => [mul(y, sub(dy, sum(mul(dy, y), axis, { keepDims: true })))],
})

export const softmax = (x: Tensor, axis = -1): Tensor =>
  softmaxOver([x], { axis: normaliseAxis('softmax', axis, x.shape.length) })

const logSoftmaxOver = operation<{ axis: number }>('logSoftmax', {
  shape: ([x]) => x.shape,
  emit: (graph, [x], _, { axis }) => {
    if (graph.target !== 'webgpu') return graph.node('LogSoftmax', [x], { axis })
    // WebGPU has no kernel for LogSoftmax.
    const axes = graph.integers([axis])
    const shifted = graph.node('Sub', [x, graph.node('ReduceMax', [x, axes])])
    const total = graph.node('ReduceSum', [graph.node('Exp', [shifted]), axes])
    return graph.node('Sub', [shifted, graph.node('Log', [total])])
  },
  gradient: (_, y, dy, { axis }) => [sub(dy, mul(exp(y), sum(dy, axis, { keepDims: true })))],
})

export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  logSoftmaxOver([x], { axis: normaliseAxis('logSoftmax', axis, x.shape.length) })
