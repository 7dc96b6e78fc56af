// Convolution with ONNX Runtime's internal channel-blocked kernels, a third faster than its Conv where weights change at
// run time. Everything that depends on this internal domain stands in this file, with the look that it needs before use.
import { sizeOf, type NdArray, type Shape } from '../array.ts'
import type { Graph } from '../graph.ts'
import type { Comparison, Look } from '../look.ts'
import type { Reliance } from '../reliance.ts'
import { input, operation, type Tensor } from '../tensor.ts'
import { convolvePlain, forwardBy, inputBy, type Convolution, type Filter } from './conv-plain.ts'
import { area, reshaped, resultExtents, type Algorithm } from './conv-problem.ts'
import { weightByPixels } from './conv-weight.ts'

/** An internal domain of ONNX Runtime, whose layout depends on the processor; builds for some have no such kernels. */
export const blockedKernels: Reliance = {
  name: 'blocked convolution kernels',
  instead: 'plain convolutions',
}

const domain = 'com.microsoft.nchwc'

/** Multiples of this fill blocks whatever their size: 16 channels with AVX-512, 8 without. */
const block = 16

const blocksOf = (channels: number): number => Math.ceil(channels / block) * block

const toBlocks = (graph: Graph, value: string): string => graph.node('ReorderInput', [value], {}, domain)

/** [o,c,kh,kw] as [o/b, c/b, kh, kw, b of c, b of o]: blocked as images in c, then as one image of o channels. */
function blockedWeight(graph: Graph, weight: string, { inputs, outputs, kernel }: Filter): string {
  return graph.shared(`blocked ${weight}`, () => {
    const filled = blocksOf(outputs)
    const zeros = graph.integers([0, 0, 0, 0, filled - outputs, 0, 0, 0])
    const whole = filled === outputs ? weight : graph.node('Pad', [weight, zeros])
    const byInput = reshaped(graph, toBlocks(graph, whole), [1, filled, inputs, area(kernel)])
    return reshaped(graph, toBlocks(graph, byInput), [filled, inputs, ...kernel])
  })
}

/**
 * [n, o, h, w] from blocks. ReorderOutput derives the stride of its blocks from the channels that it is asked for, rounded up to
 * the processor's own block: it is asked for all that were computed, and the zeros that fill the last block are cut off after it.
 */
function fromBlocks(graph: Graph, value: string, outputs: number): string {
  const filled = blocksOf(outputs)
  const all = graph.node('ReorderOutput', [value], { channels: filled }, domain)
  if (filled === outputs) return all
  return graph.node('Slice', [all, ...[[0], [outputs], [1]].map((list) => graph.integers(list))])
}

const convolveBlocked: Convolution = (graph, filter, x, weight, bias) => {
  const { outputs, kernel, stride, pads } = filter
  const operands = [toBlocks(graph, x), blockedWeight(graph, weight, filter)]
  if (bias !== undefined) {
    const zeros = graph.integers([0, blocksOf(outputs) - outputs])
    operands.push(outputs % block === 0 ? bias : graph.node('Pad', [bias, zeros]))
  }
  const y = graph.node('Conv', operands, { kernel_shape: kernel, strides: stride, pads }, domain)
  return fromBlocks(graph, y, outputs)
}

const convolve: Convolution = (graph, filter, x, weight, bias) =>
  filter.inputs % block === 0 && graph.trusts(blockedKernels)
    ? convolveBlocked(graph, filter, x, weight, bias)
    : convolvePlain(graph, filter, x, weight, bias)

export const blocked: Algorithm = {
  suits: (_, target) => target === 'cpu',
  forward: forwardBy(convolve),
  input: inputBy(convolve),
  weight: weightByPixels,
}

/** What the look computes both ways. */
interface Example {
  readonly x: Shape
  readonly weight: Shape
  readonly bias: boolean
  readonly stride: number
  readonly padding: number
}

/** Batches above one, outputs that fill their last block in part on every processor, strides, borders. */
const examples: readonly Example[] = [
  { x: [3, 16, 5, 4], weight: [8, 16, 3, 3], bias: true, stride: 1, padding: 1 },
  { x: [2, 16, 6, 5], weight: [21, 16, 3, 3], bias: true, stride: 2, padding: 1 },
  { x: [2, 32, 3, 3], weight: [40, 32, 1, 1], bias: false, stride: 1, padding: 0 },
  { x: [2, 16, 4, 4], weight: [16, 16, 2, 2], bias: false, stride: 1, padding: 2 },
]

/** `way` tells the two ways apart, which would be one common subexpression under one name. */
function exampleBy(way: string, convolution: Convolution, { stride, padding, ...shapes }: Example) {
  const inputs = shapes.x[1]
  const outputs = shapes.weight[0]
  const kernel = shapes.weight.slice(2)
  const extents = resultExtents({
    size: shapes.x.slice(2),
    kernel,
    stride: [stride, stride],
    padding: [padding, padding],
  })
  return operation(`example of ${way} convolution`, {
    shape: () => [shapes.x[0], outputs, ...extents],
    emit: (graph, [x, weight, bias]) => {
      const pads = [padding, padding, padding, padding]
      return convolution(graph, { inputs, outputs, kernel, stride: [stride, stride], pads }, x, weight, bias)
    },
    gradient: null,
  })
}

/** One image of `block` channels and two pixels, in the order in which the kernels keep it. */
const laidOut = operation('channels in blocks', {
  shape: ([x]) => x.shape,
  emit: (graph, [x]) => toBlocks(graph, x),
  gradient: null,
})

/** The second pixel of the first channel, 1 of 0, 1, 2, ... in [1, block, 1, 2], stands behind one block of channels. */
const blockSize = (layout: NdArray): number => Array.from(layout.data, Number).indexOf(1)

function compareKernels(): Comparison {
  const image = input('image', [1, block, 1, 2])
  const inputs: Tensor[] = [image]
  const outputs: Record<string, Tensor> = { layout: laidOut([image], {}) }
  const values: Record<string, Float32Array> = {
    image: Float32Array.from({ length: 2 * block }, (_, i) => i),
  }
  const operand = (name: string, shape: Shape): Tensor => {
    const made = input(name, shape)
    inputs.push(made)
    values[name] = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(7 * i + name.length))
    return made
  }
  examples.forEach((example, at) => {
    const operands = [operand(`x${at}`, example.x), operand(`weight${at}`, example.weight)]
    if (example.bias) operands.push(operand(`bias${at}`, [example.weight[0]]))
    outputs[`relied:${at}`] = exampleBy('blocked', convolveBlocked, example)(operands, {})
    outputs[`promised:${at}`] = exampleBy('plain', convolvePlain, example)(operands, {})
  })
  return {
    spec: { inputs, outputs },
    runs: [values],
    detail: ({ layout }) => `blocks of ${blockSize(layout)} channels`,
  }
}

export const blockedLook: Look = { reliance: blockedKernels, compare: compareKernels }
