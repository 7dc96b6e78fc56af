// Changing the resolution of images: nearest-neighbour upsampling and average pooling, transposes of each other up to a factor.
import { formatShape, operation, scalar, type Tensor } from '../tensor.ts'
import { conv2d } from './conv.ts'
import { mul } from './elementwise.ts'
import { expand, reshape, slice } from './shape.ts'

function checkImage(name: string, x: Tensor, factor: number): void {
  if (x.shape.length !== 4)
    throw new RangeError(`${name}: expected x [batch, channels, height, width], got ${formatShape(x.shape)}`)
  if (!Number.isInteger(factor) || factor < 1)
    throw new RangeError(`${name}: ${factor} is not a whole number of at least 1`)
}

const upsample = operation<{ factor: number }>('upsampleNearest', {
  shape: ([{ shape }], { factor }) => [shape[0], shape[1], shape[2] * factor, shape[3] * factor],
  emit: (graph, [x], node, { factor }) => {
    const [n, c, h, w] = node.inputs[0].shape
    const apart = graph.node('Reshape', [x, graph.integers([n * c * h, 1, w, 1])])
    const repeated = graph.node('Expand', [apart, graph.integers([n * c * h, factor, w, factor])])
    return graph.node('Reshape', [repeated, graph.integers(node.shape)])
  },
  gradient: (_, __, dy, { factor }) => [mul(averagePool(dy, factor), factor * factor)],
  simplify: ([x], { factor }) => (factor === 1 ? x : undefined),
})

/** Every pixel of x [n,c,h,w] repeated factor x factor times: [n, c, h factor, w factor]. */
export function upsampleNearest(x: Tensor, factor: number): Tensor {
  checkImage('upsampleNearest', x, factor)
  return upsample([x], { factor })
}

// Windows side by side; x is cut to whole windows before.
const poolBlocks = operation<{ size: number }>('averagePool', {
  shape: ([{ shape }], { size }) => [shape[0], shape[1], shape[2] / size, shape[3] / size],
  emit: (graph, [x], _, { size }) =>
    graph.node('AveragePool', [x], { kernel_shape: [size, size], strides: [size, size] }),
  gradient: (_, __, dy, { size }) => [mul(upsampleNearest(dy, size), 1 / (size * size))],
  simplify: ([x], { size }) => (size === 1 ? x : undefined),
})

/** Means over size x size windows of x [n,c,h,w], `stride` (size unless given) apart; windows that stick out are left out. float32 only. */
export function averagePool(x: Tensor, size: number, { stride = size }: { stride?: number } = {}): Tensor {
  checkImage('averagePool', x, size)
  checkImage('averagePool', x, stride)
  const [n, c, h, w] = x.shape
  if (size > h || size > w)
    throw new RangeError(`averagePool: a window of ${size} does not fit in ${formatShape(x.shape)}`)
  if (stride === size) {
    const whole = [n, c, h - (h % size), w - (w % size)]
    return poolBlocks([slice(x, [0, 0, 0, 0], whole)], { size })
  }
  // Overlapping windows: a convolution with a constant kernel, which brings its gradients along.
  const kernel = expand(scalar(1 / (size * size), x.dtype), [1, 1, size, size])
  const y = conv2d(reshape(x, [n * c, 1, h, w]), kernel, undefined, { stride })
  return reshape(y, [n, c, y.shape[2], y.shape[3]])
}
