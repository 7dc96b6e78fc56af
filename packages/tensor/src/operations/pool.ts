// Changing the resolution of images: nearest-neighbour upsampling, and pooling by means or by maxima.
import { allocate } from '../array.ts'
import { constant, formatShape, operation, scalar, type Tensor } from '../tensor.ts'
import { conv2d, inputGradient } from './conv.ts'
import { resultExtents, type Geometry } from './conv-problem.ts'
import { cast, equal, greater, where } from './compare.ts'
import { div, mul } from './elementwise.ts'
import { max, sum } from './reduce.ts'
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

export interface PoolOptions {
  /** How far apart windows are; their size unless given. */
  readonly stride?: number
  /** Pixels by which windows reach over the edges, at most half a window; they count for nothing. 0 unless given. */
  readonly padding?: number
}

type Windows = { readonly size: number; readonly stride: number; readonly padding: number }

function windowsOf(name: string, x: Tensor, size: number, options: PoolOptions): Windows {
  const { stride = size, padding = 0 } = options
  checkImage(name, x, size)
  checkImage(name, x, stride)
  if (!Number.isInteger(padding) || padding < 0 || 2 * padding > size)
    throw new RangeError(`${name}: padding ${padding} is not a whole number from 0 to half of ${size}`)
  if (x.shape.slice(2).some((extent) => extent + 2 * padding < size))
    throw new RangeError(`${name}: a window of ${size} does not fit in ${formatShape(x.shape)}`)
  return { size, stride, padding }
}

const geometryOf = ({ shape }: Tensor, { size, stride, padding }: Windows): Geometry => ({
  size: shape.slice(2),
  kernel: [size, size],
  stride: [stride, stride],
  padding: [padding, padding],
})

const pooledShape = ([x]: readonly Tensor[], windows: Windows): number[] => [
  x.shape[0],
  x.shape[1],
  ...resultExtents(geometryOf(x, windows)),
]

const onnxWindows = ({ size, stride, padding }: Windows) => ({
  kernel_shape: [size, size],
  strides: [stride, stride],
  pads: [padding, padding, padding, padding],
})

/** Every channel as an image of its own: [n c, 1, h, w]. */
const planes = (x: Tensor): Tensor => reshape(x, [-1, 1, x.shape[2], x.shape[3]])

/** An image of ones with the extents of x: where windows are inside. */
const ones = (x: Tensor): Tensor => expand(scalar(1, x.dtype), [1, 1, x.shape[2], x.shape[3]])

const summing = (x: Tensor, size: number): Tensor => expand(scalar(1, x.dtype), [1, 1, size, size])

// Windows side by side; x is cut to whole windows before.
const poolBlocks = operation<{ size: number }>('averagePool', {
  shape: ([{ shape }], { size }) => [shape[0], shape[1], shape[2] / size, shape[3] / size],
  emit: (graph, [x], _, { size }) =>
    graph.node('AveragePool', [x], { kernel_shape: [size, size], strides: [size, size] }),
  gradient: (_, __, dy, { size }) => [mul(upsampleNearest(dy, size), 1 / (size * size))],
  simplify: ([x], { size }) => (size === 1 ? x : undefined),
})

// A sum over windows, which is a convolution, by the number of pixels that are in each.
const poolWindows = operation<Windows>('averagePoolWindows', {
  shape: pooledShape,
  emit: (graph, [x], _, windows) =>
    graph.node('AveragePool', [x], { ...onnxWindows(windows), count_include_pad: 0 }),
  gradient: ([x], _, dy, windows) => {
    const kernel = summing(x, windows.size)
    const count = conv2d(ones(x), kernel, undefined, windows)
    const dx = inputGradient([planes(div(dy, count)), kernel], geometryOf(x, windows))
    return [reshape(dx, x.shape)]
  },
})

/**
 * Means over size x size windows of x [n,c,h,w]; windows that stick out of the image and its padding are left out. float32
 * only.
 */
export function averagePool(x: Tensor, size: number, options: PoolOptions = {}): Tensor {
  const windows = windowsOf('averagePool', x, size, options)
  if (windows.stride !== size || windows.padding > 0) return poolWindows([x], windows)
  const [n, c, h, w] = x.shape
  return poolBlocks([slice(x, [0, 0, 0, 0], [n, c, h - (h % size), w - (w % size)])], { size })
}

/**
 * The kernels [taps, 1, size, size] that pick one pixel of a window each, and kernels of zeros up to a multiple of four:
 * ONNX Runtime's WebGPU convolution of 9 channels into 4 is wrong.
 */
function picking(x: Tensor, size: number): Tensor {
  const pixels = size * size
  const taps = 4 * Math.ceil(pixels / 4)
  const kernels = allocate(x.dtype, taps * pixels)
  for (let tap = 0; tap < pixels; tap++) kernels[tap * (pixels + 1)] = 1
  return constant(kernels, [taps, 1, size, size])
}

const largestOf = operation<Windows>('maxPool', {
  shape: pooledShape,
  emit: (graph, [x], _, windows) => graph.node('MaxPool', [x], onnxWindows(windows)),
  gradient: ([x], _, dy, windows) => {
    const pick = picking(x, windows.size)
    const taps = (image: Tensor) => conv2d(image, pick, undefined, windows)
    // [n c, taps, h', w']; the convolutions may round, which is why the maxima are found again.
    const candidates = where(greater(taps(ones(x)), 0.5), taps(planes(x)), -Infinity)
    const hits = cast(equal(candidates, max(candidates, 1, { keepDims: true })), x.dtype)
    const shares = div(mul(planes(dy), hits), sum(hits, 1, { keepDims: true }))
    return [reshape(inputGradient([shares, pick], geometryOf(x, windows)), x.shape)]
  },
  simplify: ([x], { size, stride }) => (size === 1 && stride === 1 ? x : undefined),
})

/**
 * Maxima over size x size windows of x [n,c,h,w], as PyTorch's MaxPool2d; equal maxima share the gradient equally. float32
 * only.
 */
export const maxPool = (x: Tensor, size: number, options: PoolOptions = {}): Tensor =>
  largestOf([x], windowsOf('maxPool', x, size, options))
