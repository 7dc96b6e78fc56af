// Reductions over axes. Without axes a reduction runs over all of them.
import { filled, sameShape, sizeOf, type Shape } from '../array.ts'
import type { Graph } from '../graph.ts'
import { operation, type Rule, type Tensor } from '../tensor.ts'
import { cast, equal, stopGradient } from './compare.ts'
import { add, div, exp, log, mul, sub } from './elementwise.ts'
import { expand, normaliseAxis, reshape } from './shape.ts'

export type Axes = number | readonly number[]

interface Options {
  /** Keep reduced axes with extent 1. */
  readonly keepDims?: boolean
}

type Reduction = { axes: readonly number[]; keepDims: boolean }

const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))

/**
 * The sum over leading axes, times a factor, as a product with a row of that factor: ONNX Runtime's ReduceSum takes 8 us
 * where this takes 0.3 us (256 x 64), and 630 us where this takes 20 us (4096 x 256, two threads).
 */
function emitLeading(
  graph: Graph,
  value: string,
  x: Tensor,
  axes: readonly number[],
  factor: number,
): string {
  const rows = sizeOf(x.shape.slice(0, axes.length))
  const rest = x.shape.slice(axes.length)
  const row = graph.shared(`row ${rows} ${x.dtype} ${factor}`, () =>
    graph.node('Expand', [graph.constant(filled(x.dtype, 1, factor)), graph.integers([rows])]),
  )
  const matrix =
    axes.length === 1 && rest.length === 1
      ? value
      : graph.node('Reshape', [value, graph.integers([rows, sizeOf(rest)])])
  return graph.node('MatMul', [row, matrix])
}

/** Whether the axes are the first ones, of a tensor that a product on the CPU can sum. */
const sumsByProduct = (graph: Graph, x: Tensor, axes: readonly number[]): boolean =>
  (graph.target === 'cpu' || graph.target === 'wasm') &&
  (x.dtype === 'float32' || x.dtype === 'float64') &&
  axes.length < x.shape.length &&
  axes.every((axis, index) => axis === index)

/** `factor` makes the operation a sum times a number that depends on the count of elements. */
function reduction(
  name: string,
  onnx: string,
  gradient: Rule<Reduction>['gradient'],
  factor?: (count: number) => number,
) {
  const apply = operation<Reduction>(name, {
    shape: ([x], { axes, keepDims }) =>
      keepDims ? keptShape(x.shape, axes) : x.shape.filter((_, axis) => !axes.includes(axis)),
    emit: (graph, [x], node, { axes, keepDims }) => {
      const [source] = node.inputs
      if (!factor || !sumsByProduct(graph, source, axes))
        return graph.node(onnx, [x, graph.integers(axes)], { keepdims: Number(keepDims) })
      const total = emitLeading(graph, x, source, axes, factor(sizeOf(source.shape.slice(0, axes.length))))
      return node.shape.length === 1 ? total : graph.node('Reshape', [total, graph.integers(node.shape)])
    },
    gradient,
  })
  return (x: Tensor, axes?: Axes, { keepDims = false }: Options = {}): Tensor => {
    const rank = x.shape.length
    const chosen = axes === undefined ? [...Array(rank).keys()] : typeof axes === 'number' ? [axes] : axes
    const unique = [...new Set(chosen.map((axis) => normaliseAxis(name, axis, rank)))].sort((a, b) => a - b)
    const shape = keepDims ? keptShape(x.shape, unique) : x.shape.filter((_, axis) => !unique.includes(axis))
    // Nothing to add up: only the shape changes. (An empty axes input would mean all axes to ONNX.)
    if (unique.every((axis) => x.shape[axis] === 1)) return reshape(x, shape)
    return apply([x], { axes: unique, keepDims })
  }
}

const spread = (dy: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  expand(reshape(dy, keptShape(x.shape, axes)), x.shape)

export const sum = reduction(
  'sum',
  'ReduceSum',
  ([x], _, dy, { axes }) => [spread(dy, x, axes)],
  () => 1,
)

export const mean = reduction(
  'mean',
  'ReduceMean',
  ([x], y, dy, { axes }) => [spread(mul(dy, sizeOf(y.shape) / sizeOf(x.shape)), x, axes)],
  (count) => 1 / count,
)

/** Equal extremes share the gradient equally. */
const extreme: Rule<Reduction>['gradient'] = ([x], y, dy, { axes }) => {
  const kept = keptShape(x.shape, axes)
  const hits = cast(equal(x, reshape(y, kept)), x.dtype)
  return [mul(hits, reshape(div(dy, reshape(sum(hits, axes), y.shape)), kept))]
}

export const max = reduction('max', 'ReduceMax', extreme)
export const min = reduction('min', 'ReduceMin', extreme)

/** log sum exp, shifted by the largest element so that it cannot overflow. */
export function logsumexp(x: Tensor, axes?: Axes, options: Options = {}): Tensor {
  const shift = stopGradient(max(x, axes, { keepDims: true }))
  const kept = add(log(sum(exp(sub(x, shift)), axes, { keepDims: true })), shift)
  if (options.keepDims) return kept
  const shape = sum(x, axes).shape
  return sameShape(kept.shape, shape) ? kept : reshape(kept, shape)
}
