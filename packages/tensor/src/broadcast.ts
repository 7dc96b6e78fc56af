// NumPy broadcasting, and its transpose: summing a gradient back to the shape that was broadcast.
import type { Shape } from './array.ts'
import { formatShape } from './tensor.ts'

/** @throws RangeError naming `operation` when the shapes do not broadcast together */
export function broadcastShapes(operation: string, shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)
    const extent = extents.find((candidate) => candidate !== 1) ?? 1
    if (extents.some((candidate) => candidate !== 1 && candidate !== extent)) {
      throw new RangeError(
        `${operation}: shapes ${shapes.map(formatShape).join(' and ')} do not broadcast together`,
      )
    }
    return extent
  })
}

/** Axes of `from` over which a gradient is summed to reach `to`, a shape that broadcasts to `from`. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const lead = from.length - to.length
  return from.flatMap((extent, axis) =>
    axis < lead || (to[axis - lead] === 1 && extent !== 1) ? [axis] : [],
  )
}

export const broadcastsTo = (from: Shape, to: Shape): boolean =>
  from.length <= to.length &&
  from.every((extent, axis) => extent === 1 || extent === to[axis + to.length - from.length])
