// Reductions over axes. Without axes a reduction runs over all of them.
import { sameShape, sizeOf, type Shape } from '../array.ts'
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

function reduction(name: string, onnx: string, gradient: Rule<Reduction>['gradient']) {
  const apply = operation<Reduction>(name, {
    shape: ([x], { axes, keepDims }) =>
      keepDims ? keptShape(x.shape, axes) : x.shape.filter((_, axis) => !axes.includes(axis)),
    emit: (graph, [x], _, { axes, keepDims }) =>
      graph.node(onnx, [x, graph.integers(axes)], { keepdims: Number(keepDims) }),
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

export const sum = reduction('sum', 'ReduceSum', ([x], _, dy, { axes }) => [spread(dy, x, axes)])

export const mean = reduction('mean', 'ReduceMean', ([x], y, dy, { axes }) => [
  spread(mul(dy, sizeOf(y.shape) / sizeOf(x.shape)), x, axes),
])

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
