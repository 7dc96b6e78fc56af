// Convolution with ONNX's own Conv and Gemm: runs on every target, for every geometry.
import type { Graph } from '../graph.ts'
import { reshaped, type Algorithm, type Problem } from './conv-problem.ts'

const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1)

/** [o,c,kh,kw] with both kernel axes reversed, and its channel axes swapped. */
export function flipped(graph: Graph, weight: string, { inputs, outputs, kernel }: Problem): string {
  return graph.shared(`flipped ${weight}`, () => {
    const taps = product(kernel)
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

/** Each axis of x gets `before` zeros in front and is then cut or filled up to `extent`. */
function framed(
  graph: Graph,
  value: string,
  size: readonly number[],
  before: readonly number[],
  extent: readonly number[],
): string {
  const after = extent.map((e, axis) => e - before[axis] - size[axis])
  if ([...before, ...after].every((n) => n === 0)) return value
  return graph.node('Pad', [value, graph.integers([0, 0, ...before, 0, 0, ...after])])
}

/**
 * Every s-th output of a transposed convolution is an ordinary convolution of dy with every s-th tap, so all of them
 * together are one convolution with c s s outputs, interleaved afterwards.
 */
function stridedInput(graph: Graph, problem: Problem, dy: string, weight: string): string {
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
  const phases = inputs * product(stride)
  const order = graph.node('Transpose', [parts], { perm: [0, 1, 3, 5, 2, 4] })
  const filters = flipped(graph, reshaped(graph, order, [outputs, phases, ...taps]), {
    ...problem,
    inputs: phases,
    kernel: taps,
  })
  const pads = taps.map((t) => t - 1)
  const full = graph.node('Conv', [dy, filters], { kernel_shape: taps, pads: [...pads, ...pads] })
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

export const plain: Algorithm = {
  suits: () => true,

  forward: (graph, { kernel, stride, padding }, x, weight, bias) =>
    graph.node('Conv', bias === undefined ? [x, weight] : [x, weight, bias], {
      kernel_shape: kernel,
      strides: stride,
      pads: [...padding, ...padding],
    }),

  input(graph, problem, dy, weight) {
    const pads = problem.kernel.map((k, axis) => k - 1 - problem.padding[axis])
    if (product(problem.stride) > 1 || pads.some((p) => p < 0))
      return stridedInput(graph, problem, dy, weight)
    const filters = flipped(graph, weight, problem)
    return graph.node('Conv', [dy, filters], { kernel_shape: problem.kernel, pads: [...pads, ...pads] })
  },

  /** The pixels that each tap sees, as rows, times dy: one Gemm that sums over images and pixels. */
  weight(graph, { batch, inputs, outputs, kernel, stride, padding, size, result }, x, dy) {
    const padded = framed(
      graph,
      graph.node('Transpose', [x], { perm: [1, 0, 2, 3] }),
      size,
      padding,
      size.map((e, axis) => e + 2 * padding[axis]),
    )
    const pixels = batch * product(result)
    const rows = Array.from({ length: product(kernel) }, (_, tap) => {
      const start = [Math.floor(tap / kernel[1]), tap % kernel[1]]
      const end = start.map((s, axis) => s + (result[axis] - 1) * stride[axis] + 1)
      const seen = graph.node('Slice', [
        padded,
        graph.integers(start),
        graph.integers(end),
        graph.integers([2, 3]),
        graph.integers(stride),
      ])
      return reshaped(graph, seen, [inputs, pixels])
    })
    const columns = rows.length === 1 ? rows[0] : graph.node('Concat', rows, { axis: 0 })
    const right = reshaped(graph, graph.node('Transpose', [dy], { perm: [1, 0, 2, 3] }), [outputs, pixels])
    const summed = graph.node('Gemm', [columns, right], { transB: 1 })
    const apart = reshaped(graph, summed, [product(kernel), inputs, outputs])
    return reshaped(graph, graph.node('Transpose', [apart], { perm: [2, 1, 0] }), [
      outputs,
      inputs,
      ...kernel,
    ])
  },
}
