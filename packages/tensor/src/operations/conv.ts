// Convolution (cross-correlation, as in PyTorch) over one or two axes. Its gradients are convolutions again, so the
// family forward, input gradient, weight gradient is closed under differentiation.
import type { Graph } from '../graph.ts'
import { formatShape, operation, type Operation, type Tensor } from '../tensor.ts'
import { blocked } from './conv-blocked.ts'
import { plain } from './conv-plain.ts'
import { resultExtents, type Algorithm, type Geometry, type Problem } from './conv-problem.ts'
import { spectral } from './conv-spectral.ts'
import { sum } from './reduce.ts'
import { reshape } from './shape.ts'

/** First that suits is used. */
const algorithms: readonly Algorithm[] = [spectral, blocked, plain]

const algorithmFor = (graph: Graph, problem: Problem): Algorithm =>
  algorithms.find((algorithm) => algorithm.suits(problem, graph.target)) ?? plain

const problemOf = (geometry: Geometry, batch: number, inputs: number, outputs: number): Problem => ({
  ...geometry,
  batch,
  inputs,
  outputs,
  result: resultExtents(geometry),
})

const forward: Operation<Geometry> = operation<Geometry>('conv2d', {
  shape: ([x, weight], geometry) => [x.shape[0], weight.shape[0], ...resultExtents(geometry)],
  emit: (graph, values, node, geometry) => {
    const [x, weight] = values
    const problem = problemOf(geometry, node.shape[0], node.inputs[0].shape[1], node.shape[1])
    return algorithmFor(graph, problem).forward(graph, problem, x, weight, values.at(2))
  },
  gradient: ([x, weight], _, dy, geometry) => [
    inputGradient([dy, weight], geometry),
    weightGradient([x, dy], geometry),
    // Pixels first: in one reduction over three axes ONNX Runtime takes five times as long.
    sum(sum(dy, [2, 3]), 0),
  ],
})

/** dL/dx [n,c,h,w] from dL/dy [n,o,h',w'] and the weight [o,c,kh,kw]: the transpose of conv2d in x. */
export const inputGradient: Operation<Geometry> = operation<Geometry>('conv2dInput', {
  shape: ([dy, weight], { size }) => [dy.shape[0], weight.shape[1], ...size],
  emit: (graph, [dy, weight], node, geometry) => {
    const problem = problemOf(geometry, node.shape[0], node.shape[1], node.inputs[0].shape[1])
    return algorithmFor(graph, problem).input(graph, problem, dy, weight)
  },
  gradient: ([dy, weight], _, dx, geometry) => [
    forward([dx, weight], geometry),
    weightGradient([dx, dy], geometry),
  ],
})

/** dL/dweight [o,c,kh,kw] from x [n,c,h,w] and dL/dy [n,o,h',w']: the transpose of conv2d in its weight. */
export const weightGradient: Operation<Geometry> = operation<Geometry>('conv2dWeight', {
  shape: ([x, dy], { kernel }) => [dy.shape[1], x.shape[1], ...kernel],
  emit: (graph, [x, dy], node, geometry) => {
    const problem = problemOf(geometry, node.inputs[0].shape[0], node.shape[1], node.shape[0])
    return algorithmFor(graph, problem).weight(graph, problem, x, dy)
  },
  gradient: ([x, dy], _, dweight, geometry) => [
    inputGradient([dy, dweight], geometry),
    forward([x, dweight], geometry),
  ],
})

export interface ConvOptions {
  /** 1 unless given. */
  readonly stride?: number
  /** Zeros on both sides; 0 unless given. */
  readonly padding?: number
}

export interface Conv2dOptions extends Omit<ConvOptions, 'padding'> {
  /** Zeros on both sides of both axes, or of the height and the width; 0 unless given. */
  readonly padding?: number | readonly [height: number, width: number]
}

function checkConv(
  name: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  { stride = 1, padding = 0 }: Conv2dOptions,
) {
  const pads = typeof padding === 'number' ? [padding, padding] : padding
  const given = `x ${formatShape(x.shape)}, weight ${formatShape(weight.shape)}`
  const operands = bias ? [x, weight, bias] : [x, weight]
  const other = operands.find(({ dtype }) => dtype !== 'float32')
  if (other) throw new RangeError(`${name}: computes in float32, got ${other.dtype}; cast it first`)
  const rank = name === 'conv1d' ? 3 : 4
  if (x.shape.length !== rank || weight.shape.length !== rank || x.shape[1] !== weight.shape[1]) {
    const axes = rank === 3 ? 'length' : 'height, width'
    throw new RangeError(
      `${name}: expected x [batch, channels, ${axes}] and weight [outputs, channels, kernel], got ${given}`,
    )
  }
  if (bias && formatShape(bias.shape) !== formatShape([weight.shape[0]])) {
    throw new RangeError(`${name}: bias ${formatShape(bias.shape)} does not fit ${weight.shape[0]} outputs`)
  }
  if (!Number.isInteger(stride) || stride < 1 || pads.some((p) => !Number.isInteger(p) || p < 0)) {
    throw new RangeError(
      `${name}: stride ${stride} and padding ${pads.join(' x ')} must be whole, at least 1 and at least 0`,
    )
  }
  if (x.shape.slice(2).some((extent, axis) => extent + 2 * pads[axis] < weight.shape[axis + 2])) {
    throw new RangeError(
      `${name}: the kernel is larger than the padded input: ${given}, padding ${pads.join(' x ')}`,
    )
  }
  return { stride, padding: pads }
}

/**
 * y[n,o,i,j] = bias[o] + sum_{c,u,v} weight[o,c,u,v] x[n,c,i s+u-p,j s+v-p] for x [n,c,h,w], weight [o,c,kh,kw], bias [o];
 * the layout of PyTorch's Conv2d. float32 only: ONNX Runtime has no float64 kernel.
 */
export function conv2d(x: Tensor, weight: Tensor, bias?: Tensor, options: Conv2dOptions = {}): Tensor {
  const { stride, padding } = checkConv('conv2d', x, weight, bias, options)
  return forward(bias ? [x, weight, bias] : [x, weight], {
    stride: [stride, stride],
    padding,
    size: x.shape.slice(2),
    kernel: weight.shape.slice(2),
  })
}

/** y[n,o,i] = bias[o] + sum_{c,u} weight[o,c,u] x[n,c,i s+u-p] for x [n,c,l], weight [o,c,k], bias [o]. float32 only. */
export function conv1d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor {
  const { stride, padding } = checkConv('conv1d', x, weight, bias, options)
  const [image, filters] = [x, weight].map((t) => reshape(t, [t.shape[0], t.shape[1], 1, t.shape[2]]))
  const y = forward(bias ? [image, filters, bias] : [image, filters], {
    stride: [1, stride],
    padding: [0, padding[0]],
    size: [1, x.shape[2]],
    kernel: [1, weight.shape[2]],
  })
  return reshape(y, [y.shape[0], y.shape[1], y.shape[3]])
}
