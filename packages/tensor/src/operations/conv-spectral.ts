// Convolution of small images by the convolution theorem: y = Out ((In x) (Taps w)), where In, Taps and Out are fixed real
// matrices over pixels and the products over channels are one batched matrix product. On 4 x 4 pixels a 3 x 3 kernel with
// padding 1 takes 37 products of channels instead of 144, and every pass is the transpose of the same three factors.
import type { Graph } from '../graph.ts'
import { area, biased, reshaped, type Algorithm, type Geometry, type Problem } from './conv-problem.ts'

/** Row-major matrices with `terms` rows (products of channels) each; y[p] = sum_r out[r,p] (input[r] . x) (taps[r] . w). */
export interface Bilinear {
  readonly terms: number
  readonly input: Float32Array
  readonly taps: Float32Array
  readonly out: Float32Array
}

/** Periods at which cyclic convolution equals padded convolution: the zeros beyond the image fit into one padding. */
const periodsOf = ({ size, padding }: Geometry, result: readonly number[]): number[] =>
  size.map((extent, axis) => Math.max(extent + padding[axis], result[axis]))

/** Products of channels: one for each real frequency, three for each complex pair. */
function termsOf([rows, columns]: readonly number[]): number {
  const real = (rows % 2 === 0 ? 2 : 1) * (columns % 2 === 0 ? 2 : 1)
  return real + (3 * (rows * columns - real)) / 2
}

interface Frequency {
  readonly f: number
  readonly g: number
  /** Its own conjugate. */
  readonly real: boolean
}

/** One of each pair of conjugate frequencies. */
function frequencies([rows, columns]: readonly number[]): Frequency[] {
  const all: Frequency[] = []
  for (let f = 0; f < rows; f++) {
    for (let g = 0; g < columns; g++) {
      const own = f * columns + g
      const other = ((rows - f) % rows) * columns + ((columns - g) % columns)
      if (own <= other) all.push({ f, g, real: own === other })
    }
  }
  return all
}

/**
 * A complex product in three real ones (Gauss): (a + ib)(c + id) = k1 - k3 + i(k1 + k2) with
 * k1 = c(a + b), k2 = a(d - c), k3 = b(c + d).
 */
export function bilinear(geometry: Geometry, result: readonly number[]): Bilinear {
  const periods = periodsOf(geometry, result)
  const { size, kernel, padding } = geometry
  const input: number[] = []
  const taps: number[] = []
  const out: number[] = []
  const each = (extents: readonly number[], visit: (i: number, j: number) => number): number[] =>
    Array.from({ length: extents[0] * extents[1] }, (_, at) =>
      visit(Math.floor(at / extents[1]), at % extents[1]),
    )
  for (const { f, g, real } of frequencies(periods)) {
    const angle = (i: number, j: number) => 2 * Math.PI * ((f * i) / periods[0] + (g * j) / periods[1])
    const tap = (u: number, v: number) => angle(u - padding[0], v - padding[1])
    const scale = (real ? 1 : 2) / (periods[0] * periods[1])
    if (real) {
      input.push(...each(size, (i, j) => Math.cos(angle(i, j))))
      taps.push(...each(kernel, (u, v) => Math.cos(tap(u, v))))
      out.push(...each(result, (i, j) => scale * Math.cos(angle(i, j))))
      continue
    }
    input.push(
      ...each(size, (i, j) => Math.cos(angle(i, j)) - Math.sin(angle(i, j))),
      ...each(size, (i, j) => Math.cos(angle(i, j))),
      ...each(size, (i, j) => -Math.sin(angle(i, j))),
    )
    taps.push(
      ...each(kernel, (u, v) => Math.cos(tap(u, v))),
      ...each(kernel, (u, v) => Math.sin(tap(u, v)) - Math.cos(tap(u, v))),
      ...each(kernel, (u, v) => Math.cos(tap(u, v)) + Math.sin(tap(u, v))),
    )
    out.push(
      ...each(result, (i, j) => scale * (Math.cos(angle(i, j)) - Math.sin(angle(i, j)))),
      ...each(result, (i, j) => -scale * Math.sin(angle(i, j))),
      ...each(result, (i, j) => -scale * Math.cos(angle(i, j))),
    )
  }
  return {
    terms: termsOf(periods),
    input: Float32Array.from(input),
    taps: Float32Array.from(taps),
    out: Float32Array.from(out),
  }
}

const keyOf = ({ size, kernel, padding }: Geometry): string =>
  `${size.join()} ${kernel.join()} ${padding.join()}`

/** A spectrum is two to four times as large as what it is of, so the backward pass computes it again. */
type Pass = 'forward' | 'backward'

/**
 * The three matrices as constants of the graph. A pass has its own copy, since equal arrays would be one constant and ONNX
 * Runtime would merge the transforms: a CNN step then keeps its spectra from forward to backward, 150 MB for 4 % of its time.
 */
function matrix(graph: Graph, problem: Problem, which: 'input' | 'taps' | 'out', pass: Pass): string {
  return graph.shared(`spectral ${which} ${pass} ${keyOf(problem)}`, () => {
    const factors = graph.shared(`spectral ${keyOf(problem)}`, () => bilinear(problem, problem.result))
    const pixels = area({ input: problem.size, taps: problem.kernel, out: problem.result }[which])
    return graph.constant(factors[which].slice(), [factors.terms, pixels])
  })
}

const terms = (problem: Problem): number => termsOf(periodsOf(problem, problem.result))

/** M v for every channel of an image: [terms, a, b] from v [a, b, pixels]. */
function analysed(graph: Graph, by: string, value: string, shape: readonly number[], pixels: number): string {
  const rows = reshaped(graph, value, [shape[1] * shape[2], pixels])
  return reshaped(graph, graph.node('Gemm', [by, rows], { transB: 1 }), shape)
}

/** M^T v: [a b, pixels] from v [terms, a, b]. */
function synthesised(graph: Graph, by: string, value: string, count: number, columns: number): string {
  return graph.node('Gemm', [reshaped(graph, value, [count, columns]), by], { transA: 1 })
}

const spectrumOfWeight = (graph: Graph, problem: Problem, weight: string, pass: Pass): string =>
  analysed(
    graph,
    matrix(graph, problem, 'taps', pass),
    weight,
    [terms(problem), problem.outputs, problem.inputs],
    area(problem.kernel),
  )

const spectrumOfGradient = (graph: Graph, problem: Problem, dy: string): string =>
  graph.shared(`spectral gradient ${dy} ${keyOf(problem)}`, () =>
    analysed(
      graph,
      matrix(graph, problem, 'out', 'backward'),
      dy,
      [terms(problem), problem.batch, problem.outputs],
      area(problem.result),
    ),
  )

const spectrumOfInput = (graph: Graph, problem: Problem, x: string, pass: Pass): string =>
  analysed(
    graph,
    matrix(graph, problem, 'input', pass),
    x,
    [terms(problem), problem.batch, problem.inputs],
    area(problem.size),
  )

/** a^T b or a b^T of the last two axes; the fused kernel is the CPU's. */
function product(graph: Graph, a: string, b: string, transposed: 'a' | 'b'): string {
  if (graph.target === 'cpu')
    return graph.node(
      'FusedMatMul',
      [a, b],
      transposed === 'a' ? { transA: 1 } : { transB: 1 },
      'com.microsoft',
    )
  const swapped = (value: string) => graph.node('Transpose', [value], { perm: [0, 2, 1] })
  return graph.node('MatMul', transposed === 'a' ? [swapped(a), b] : [a, swapped(b)])
}

export const spectral: Algorithm = {
  /**
   * Where products saved outweigh the transforms, whose small inner extents run at a half to a quarter of the rate. The
   * threshold is where the three passes together take as long as the alternatives (benchmarks/conv.js).
   */
  suits(problem, target) {
    const { stride, kernel, padding, inputs, outputs, size, result } = problem
    if (target !== 'cpu' && target !== 'wasm') return false
    if (area(stride) !== 1 || kernel.some((k, axis) => padding[axis] >= k)) return false
    const each = inputs * outputs + 2 * inputs * area(size) + 4 * outputs * area(result)
    return terms(problem) * each < 1.5 * area(kernel) * area(result) * inputs * outputs
  },

  forward(graph, problem, x, weight, bias) {
    const products = product(
      graph,
      spectrumOfInput(graph, problem, x, 'forward'),
      spectrumOfWeight(graph, problem, weight, 'forward'),
      'b',
    )
    const { batch, outputs, result } = problem
    const out = matrix(graph, problem, 'out', 'forward')
    const y = synthesised(graph, out, products, terms(problem), batch * outputs)
    return biased(graph, reshaped(graph, y, [batch, outputs, ...result]), bias, problem)
  },

  input(graph, problem, dy, weight) {
    const spectrum = spectrumOfGradient(graph, problem, dy)
    const products = graph.node('MatMul', [spectrum, spectrumOfWeight(graph, problem, weight, 'backward')])
    const { batch, inputs, size } = problem
    const dx = synthesised(
      graph,
      matrix(graph, problem, 'input', 'backward'),
      products,
      terms(problem),
      batch * inputs,
    )
    return reshaped(graph, dx, [batch, inputs, ...size])
  },

  weight(graph, problem, x, dy) {
    const spectrum = spectrumOfInput(graph, problem, x, 'backward')
    const products = product(graph, spectrumOfGradient(graph, problem, dy), spectrum, 'a')
    const { inputs, outputs, kernel } = problem
    const taps = matrix(graph, problem, 'taps', 'backward')
    const dweight = synthesised(graph, taps, products, terms(problem), outputs * inputs)
    return reshaped(graph, dweight, [outputs, inputs, ...kernel])
  },
}
