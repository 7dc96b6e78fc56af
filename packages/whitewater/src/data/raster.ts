// Pen strokes to pixels: distance to the nearest segment, with a one-pixel ramp at the edge of the ink.
import type { Stroke } from './strokes.ts'

/** Straight pieces that stand for each span of a smooth stroke: enough at the sizes glyphs are drawn. */
const PIECES_A_SPAN = 6

/** Catmull-Rom weights of the four points around a span, for each piece's end. */
const weights = Array.from({ length: PIECES_A_SPAN }, (_, i) => {
  const t = (i + 1) / PIECES_A_SPAN
  return [
    (-t + 2 * t ** 2 - t ** 3) / 2,
    (2 - 5 * t ** 2 + 3 * t ** 3) / 2,
    (t + 4 * t ** 2 - 3 * t ** 3) / 2,
    (t ** 3 - t ** 2) / 2,
  ]
})

/**
 * Appends the segments x0, y0, x1, y1 of a stroke to `segments` from index `next`.
 * @param points of the stroke, moved where they shall be drawn
 * @returns the index after the last number written
 */
export function addSegments(
  stroke: Stroke,
  points: Float64Array,
  segments: Float64Array,
  next: number,
): number {
  const last = stroke.points.length - 2
  let x = points[0]
  let y = points[1]
  const lineTo = (toX: number, toY: number): void => {
    segments[next] = x
    segments[next + 1] = y
    segments[next + 2] = x = toX
    segments[next + 3] = y = toY
    next += 4
  }
  for (let at = 0; at < last; at += 2) {
    if (!stroke.smooth) {
      lineTo(points[at + 2], points[at + 3])
      continue
    }
    const before = Math.max(0, at - 2)
    const after = Math.min(last, at + 4)
    for (const [a, b, c, d] of weights) {
      lineTo(
        a * points[before] + b * points[at] + c * points[at + 2] + d * points[after],
        a * points[before + 1] + b * points[at + 1] + c * points[at + 3] + d * points[after + 1],
      )
    }
  }
  return next
}

/** Squared distance from (px, py) to the segment from (x, y) along (dx, dy). */
function squaredDistance(
  px: number,
  py: number,
  x: number,
  y: number,
  dx: number,
  dy: number,
  inverse: number,
): number {
  const along = Math.min(1, Math.max(0, ((px - x) * dx + (py - y) * dy) * inverse))
  const ex = px - x - along * dx
  const ey = py - y - along * dy
  return ex * ex + ey * ey
}

/**
 * Ink coverage, 0 to 1, of an image [resolution, resolution] of the unit square.
 * @param segments x0, y0, x1, y1 each, `used` numbers of them, in units of the square
 * @param thickness of the pen in the same units
 */
export function rasterise(
  segments: Float64Array,
  used: number,
  thickness: number,
  resolution: number,
  out: Float32Array,
): void {
  const reach = (thickness / 2) * resolution + 0.5
  out.fill(Infinity)
  for (let at = 0; at < used; at += 4) {
    const x = segments[at] * resolution - 0.5
    const y = segments[at + 1] * resolution - 0.5
    const dx = segments[at + 2] * resolution - 0.5 - x
    const dy = segments[at + 3] * resolution - 0.5 - y
    const inverse = 1 / (dx * dx + dy * dy || 1)
    const left = Math.max(0, Math.ceil(Math.min(x, x + dx) - reach))
    const right = Math.min(resolution - 1, Math.floor(Math.max(x, x + dx) + reach))
    const top = Math.max(0, Math.ceil(Math.min(y, y + dy) - reach))
    const bottom = Math.min(resolution - 1, Math.floor(Math.max(y, y + dy) + reach))
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const distance = squaredDistance(column, row, x, y, dx, dy, inverse)
        const pixel = row * resolution + column
        if (distance < out[pixel]) out[pixel] = distance
      }
    }
  }
  for (let pixel = 0; pixel < out.length; pixel++)
    out[pixel] = Math.max(0, Math.min(1, reach - Math.sqrt(out[pixel])))
}
