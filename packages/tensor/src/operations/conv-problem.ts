// What one convolution is, and what an algorithm for it must offer: T(x, w, y) = sum x[n,c,i s+u-p] w[o,c,u] y[n,o,i]
// is linear in each of x, w and y; the three passes are its derivatives in y (forward), x and w.
import type { Graph, Target } from '../graph.ts'

/** Height first in every pair. */
export type Geometry = {
  readonly stride: readonly number[]
  /** Zeros before and after each axis. */
  readonly padding: readonly number[]
  /** Extents of x. */
  readonly size: readonly number[]
  readonly kernel: readonly number[]
}

/** A geometry with its channels and the extents of y. */
export interface Problem extends Geometry {
  readonly batch: number
  readonly inputs: number
  readonly outputs: number
  readonly result: readonly number[]
}

/** Emits the three passes for the problems that suit it. x [n,c,h,w], weight [o,c,kh,kw], y and dy [n,o,h',w']. */
export interface Algorithm {
  readonly suits: (problem: Problem, target: Target) => boolean
  readonly forward: (
    graph: Graph,
    problem: Problem,
    x: string,
    weight: string,
    bias: string | undefined,
  ) => string
  readonly input: (graph: Graph, problem: Problem, dy: string, weight: string) => string
  readonly weight: (graph: Graph, problem: Problem, x: string, dy: string) => string
}

export const resultExtents = ({ size, kernel, stride, padding }: Geometry): number[] =>
  size.map((extent, axis) => Math.floor((extent + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1)

export const reshaped = (graph: Graph, value: string, shape: readonly number[]): string =>
  graph.node('Reshape', [value, graph.integers(shape)])

/** Adds bias [o] to y [n, o, ...]. */
export const biased = (graph: Graph, y: string, bias: string | undefined, { outputs }: Problem): string =>
  bias === undefined ? y : graph.node('Add', [y, reshaped(graph, bias, [outputs, 1, 1])])

export const area = (extents: readonly number[]): number => extents.reduce((all, extent) => all * extent, 1)

/** Both image axes get `before` zeros in front and are then filled or cut to `extent`; a negative `before` cuts. */
export function framed(
  graph: Graph,
  value: string,
  size: readonly number[],
  before: readonly number[],
  extent: readonly number[],
): string {
  const after = extent.map((e, axis) => e - before[axis] - size[axis])
  const ends = [...before, ...after]
  if (ends.every((n) => n === 0)) return value
  // One Pad cuts and fills at once on the CPU; WebGPU's does not cut.
  if (graph.target !== 'cpu' && ends.some((n) => n < 0)) {
    const from = before.map((n) => Math.max(0, -n))
    const to = size.map((e, axis) => e + Math.min(0, after[axis]))
    const cut = graph.node('Slice', [value, ...[from, to, [2, 3]].map((list) => graph.integers(list))])
    const left = to.map((e, axis) => e - from[axis])
    return framed(
      graph,
      cut,
      left,
      before.map((n) => Math.max(0, n)),
      extent,
    )
  }
  return graph.node('Pad', [value, graph.integers([0, 0, ...before, 0, 0, ...after])])
}
