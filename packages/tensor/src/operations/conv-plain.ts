// Convolution with ONNX's own Conv and Gemm: runs on every target, for every geometry.
import type { Graph } from '../graph.ts'
import { area, framed, reshaped, type Algorithm, type Problem } from './conv-problem.ts'
import { weightByPixels } from './conv-weight.ts'

/** What a kernel needs to know: pads are top, left, bottom, right. */
export interface Filter {
  readonly inputs: number
  readonly outputs: number
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly pads: readonly number[]
}

export type Convolution = (graph: Graph, filter: Filter, x: string, weight: string, bias?: string) => string

/** [o,c,kh,kw] with both kernel axes reversed, and its channel axes swapped. */
function flipped(graph: Graph, weight: string, { inputs, outputs, kernel }: Problem): string {
  return graph.shared(`flipped ${weight}`, () => {
    const taps = area(kernel)
    const reverse = graph.integers(Array.from({ length: taps }, (_, tap) => taps - 1 - tap))
    const swapped = graph.node('Transpose', [reshaped(graph, weight, [outputs, inputs, taps])], {
      perm: [1, 0, 2],
    })
    return reshaped(graph, graph.node('Gather', [swapped, reverse], { axis: 2 }), [
      inputs,
      outputs,
      ...kernel,
    ])
  })
}

/**
 * Every s-th output of a transposed convolution is an ordinary convolution of dy with every s-th tap, so all of them
 * together are one convolution with c s s outputs, interleaved afterwards.
 */
function stridedInput(
  convolve: Convolution,
  graph: Graph,
  problem: Problem,
  dy: string,
  weight: string,
): string {
  const { batch, inputs, outputs, kernel, stride, padding, size, result } = problem
  const taps = kernel.map((k, axis) => Math.ceil(k / stride[axis]))
  const whole = taps.map((t, axis) => t * stride[axis])
  const parts = reshaped(graph, framed(graph, weight, kernel, [0, 0], whole), [
    outputs,
    inputs,
    taps[0],
    stride[0],
    taps[1],
    stride[1],
  ])
  const phases = inputs * area(stride)
  const order = graph.node('Transpose', [parts], { perm: [0, 1, 3, 5, 2, 4] })
  const filters = flipped(graph, reshaped(graph, order, [outputs, phases, ...taps]), {
    ...problem,
    inputs: phases,
    kernel: taps,
  })
  const pads = taps.map((t) => t - 1)
  const filter = { inputs: outputs, outputs: phases, kernel: taps, stride: [1, 1], pads: [...pads, ...pads] }
  const full = convolve(graph, filter, dy, filters)
  const grid = result.map((e, axis) => e + taps[axis] - 1)
  const apart = reshaped(graph, full, [batch, inputs, ...stride, ...grid])
  const interleaved = reshaped(graph, graph.node('Transpose', [apart], { perm: [0, 1, 4, 2, 5, 3] }), [
    batch,
    inputs,
    ...grid.map((e, axis) => e * stride[axis]),
  ])
  return framed(
    graph,
    interleaved,
    grid.map((e, axis) => e * stride[axis]),
    padding.map((p) => -p),
    size,
  )
}

/** The input gradient: a convolution of dy with the flipped weight, its channel axes swapped. */
export const inputBy =
  (convolve: Convolution): Algorithm['input'] =>
  (graph, problem, dy, weight) => {
    const { kernel, stride, padding, inputs, outputs } = problem
    const pads = kernel.map((k, axis) => k - 1 - padding[axis])
    if (area(stride) > 1 || pads.some((p) => p < 0)) return stridedInput(convolve, graph, problem, dy, weight)
    const filter = { inputs: outputs, outputs: inputs, kernel, stride, pads: [...pads, ...pads] }
    return convolve(graph, filter, dy, flipped(graph, weight, problem))
  }

export const forwardBy =
  (convolve: Convolution): Algorithm['forward'] =>
  (graph, problem, x, weight, bias) =>
    convolve(graph, { ...problem, pads: [...problem.padding, ...problem.padding] }, x, weight, bias)

/** Channels that ONNX Runtime's WebGPU kernel reads at once. */
const LANES = 4

/**
 * ONNX Runtime's Conv on WebGPU is wrong for some numbers of input channels that are no multiple of four (measured on 1.30: 6 to 4,
 * 9 to 8): channels of zeros make it one.
 */
function inLanes(graph: Graph, value: string, channels: number): string {
  const missing = (LANES - (channels % LANES)) % LANES
  if (graph.target !== 'webgpu' || missing === 0) return value
  return graph.node('Pad', [value, graph.integers([0, 0, 0, 0, 0, missing, 0, 0])])
}

export const convolvePlain: Convolution = (graph, { inputs, kernel, stride, pads }, x, weight, bias) => {
  const operands = [x, weight].map((value) => inLanes(graph, value, inputs))
  return graph.node('Conv', bias === undefined ? operands : [...operands, bias], {
    kernel_shape: kernel,
    strides: stride,
    pads,
  })
}

export const plain: Algorithm = {
  suits: () => true,
  forward: forwardBy(convolvePlain),
  input: inputBy(convolvePlain),
  weight: weightByPixels,
}
