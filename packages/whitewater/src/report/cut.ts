// Predicted curves end at the frame: an error that theory lets shrink for ever would flatten everything that was measured.
import type { LineScales } from './line-scales.ts'
import type { Point } from './series.ts'

/** The part of a line between two limits of y, with the points where it crosses them; NaN where it leaves. */
export function cutAtFrame(points: readonly Point[], { x, y }: LineScales): Point[] {
  const [bendX, bendY] = [x.log, y.log].map((log) => (value: number) => (log ? Math.log(value) : value))
  const unbend = (value: number) => (x.log ? Math.exp(value) : value)
  const [low, high] = y.scale.domain
  const isInside = (value: number) => value >= low && value <= high
  const crossing = (a: Point, b: Point): Point => {
    const limit = (isInside(a.y) ? b.y : a.y) < low ? low : high
    // zero on a logarithmic axis is infinitely far below: the line falls straight down
    const whole = bendY(b.y) - bendY(a.y)
    const part = Number.isFinite(whole) ? (bendY(limit) - bendY(a.y)) / whole : isInside(a.y) ? 0 : 1
    return { x: unbend(bendX(a.x) + part * (bendX(b.x) - bendX(a.x))), y: limit }
  }
  return points.flatMap((point, index) => {
    const before = index > 0 ? points[index - 1] : point
    const crosses = isInside(point.y) !== isInside(before.y) && !Number.isNaN(point.y + before.y)
    const here = isInside(point.y) ? point : { x: point.x, y: NaN }
    return crosses ? [crossing(before, point), here] : [here]
  })
}
