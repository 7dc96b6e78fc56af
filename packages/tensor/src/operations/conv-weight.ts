// Weight gradients as matrix products over pixels: dw[o,c,u,v] = sum_{n,i,j} dy[n,o,i,j] x[n,c,i s+u-p,j s+v-p].
import type { Graph } from '../graph.ts'
import { area, framed, reshaped, type Algorithm, type Problem } from './conv-problem.ts'

const channelsFirst = (graph: Graph, value: string): string =>
  graph.node('Transpose', [value], { perm: [1, 0, 2, 3] })

/** What each tap sees of padded [a,n,h',w']: rows [taps a, pixels], the image behind tap (u,v) starting at `start(u, v)`. */
function rowsOfTaps(
  graph: Graph,
  padded: string,
  channels: number,
  { batch, kernel }: Problem,
  extent: readonly number[],
  stride: readonly number[],
  start: (tap: readonly number[]) => readonly number[],
): string {
  const rows = Array.from({ length: area(kernel) }, (_, tap) => {
    const from = start([Math.floor(tap / kernel[1]), tap % kernel[1]])
    const to = from.map((s, axis) => s + (extent[axis] - 1) * stride[axis] + 1)
    const [starts, ends, axes, steps] = [from, to, [2, 3], stride].map((list) => graph.integers(list))
    const seen = graph.node('Slice', [padded, starts, ends, axes, steps])
    return reshaped(graph, seen, [channels, batch * area(extent)])
  })
  return rows.length === 1 ? rows[0] : graph.node('Concat', rows, { axis: 0 })
}

/** Any geometry: the side with fewer channels is copied once a tap, and one Gemm sums over images and pixels. */
function gatheredWeight(graph: Graph, problem: Problem, x: string, dy: string): string {
  const { batch, inputs, outputs, kernel, stride, padding, size, result } = problem
  const images = channelsFirst(graph, x)
  const slopes = channelsFirst(graph, dy)
  const beyond = kernel.map((k, axis) => k - 1 - padding[axis])
  const shape = [outputs, inputs, ...kernel]
  if (area(stride) === 1 && outputs < inputs && beyond.every((p) => p >= 0)) {
    const extent = size.map((e, axis) => e + kernel[axis] - 1)
    const padded = framed(graph, slopes, result, beyond, extent)
    const rows = rowsOfTaps(graph, padded, outputs, problem, size, stride, (tap) =>
      tap.map((u, axis) => kernel[axis] - 1 - u),
    )
    const summed = graph.node('Gemm', [rows, reshaped(graph, images, [inputs, batch * area(size)])], {
      transB: 1,
    })
    const apart = reshaped(graph, summed, [area(kernel), outputs, inputs])
    return reshaped(graph, graph.node('Transpose', [apart], { perm: [1, 2, 0] }), shape)
  }
  const extent = size.map((e, axis) => e + 2 * padding[axis])
  const padded = framed(graph, images, size, padding, extent)
  const rows = rowsOfTaps(graph, padded, inputs, problem, result, stride, (tap) => tap)
  const right = reshaped(graph, slopes, [outputs, batch * area(result)])
  const summed = graph.node('Gemm', [rows, right], { transB: 1 })
  const apart = reshaped(graph, summed, [area(kernel), inputs, outputs])
  return reshaped(graph, graph.node('Transpose', [apart], { perm: [2, 1, 0] }), shape)
}

/**
 * Copies x once a column of the kernel and dy once a row, kh + kw copies in place of kh kw, and multiplies all pairs:
 * [kh o, pixels] [kw c, pixels]^T, image by image where the pairs of an image are fewer than its pixels.
 */
function shiftedWeight(graph: Graph, problem: Problem, x: string, dy: string): string {
  const { batch, inputs, outputs, kernel, padding, size, result } = problem
  const grid = [size[0], result[1]]
  const byImage = area(kernel) * inputs * outputs < area(grid) * (inputs + outputs)
  const [images, slopes] = byImage ? [x, dy] : [channelsFirst(graph, x), channelsFirst(graph, dy)]
  const columns = Array.from({ length: kernel[1] }, (_, v) =>
    framed(graph, images, size, [0, padding[1] - v], grid),
  )
  const rows = Array.from({ length: kernel[0] }, (_, u) =>
    framed(graph, slopes, result, [u - padding[0], 0], grid),
  )
  const joined = (values: string[], channels: number) => {
    const all = values.length === 1 ? values[0] : graph.node('Concat', values, { axis: byImage ? 1 : 0 })
    const wide = values.length * channels
    return reshaped(graph, all, byImage ? [batch, wide, area(grid)] : [wide, batch * area(grid)])
  }
  const left = joined(rows, outputs)
  const right = joined(columns, inputs)
  const summed = byImage
    ? graph.node(
        'ReduceSum',
        [graph.node('FusedMatMul', [left, right], { transB: 1 }, 'com.microsoft'), graph.integers([0])],
        { keepdims: 0 },
      )
    : graph.node('Gemm', [left, right], { transB: 1 })
  const apart = reshaped(graph, summed, [kernel[0], outputs, kernel[1], inputs])
  return graph.node('Transpose', [apart], { perm: [1, 3, 0, 2] })
}

/** Unit strides with enough channels on both sides are shifted; the fused product that this takes is the CPU's. */
export const weightByPixels: Algorithm['weight'] = (graph, problem, x, dy) => {
  const { inputs, outputs, kernel, stride } = problem
  const narrow = area(kernel) * Math.min(inputs, outputs) <= inputs + outputs
  const shifts = graph.target === 'cpu' && area(stride) === 1 && !narrow
  return (shifts ? shiftedWeight : gatheredWeight)(graph, problem, x, dy)
}
