// The marks of one series of a line figure: its spread, its line, its symbols and the sign of infinity.
import { areaY, dot, lineY, text, type Markish } from '@observablehq/plot'
import { cutAtFrame } from './cut.ts'
import { strokeOf } from './legend.ts'
import type { LineScales } from './line-scales.ts'
import type { DrawnSeries, Point } from './series.ts'

/** Where the marks go: a facet, or nothing for a figure of one panel. */
export type Facet = Readonly<Record<string, () => number>>

export interface LineMarkOptions {
  scales: LineScales
  facet?: Facet
  /** Which of how many series this is: symbols of close lines stand apart. */
  index: number
  count: number
  /** Most symbols on a line; 6 by default. Lines of up to twice as many points carry one each. */
  symbols?: number
  /** Size of strokes and symbols relative to a figure of full size. */
  size?: number
}

/** About `most` points that carry a symbol, evenly spaced along the axis and staggered from series to series. */
export function symbolPoints(points: readonly Point[], options: LineMarkOptions): Point[] {
  const { scales, index, count, symbols = 6 } = options
  if (points.length <= 2 * symbols) return [...points]
  const place = ({ x }: Point) => (scales.x.log ? Math.log(x) : x)
  const first = place(points[0])
  const last = place(points[points.length - 1])
  const spacing = (last - first) / symbols
  const chosen = Array.from({ length: symbols }, (_, k) => {
    const target = first + (k + (index + 0.5) / count) * spacing
    const distance = (point: Point) => Math.abs(place(point) - target)
    return points.reduce((best, point) => (distance(point) < distance(best) ? point : best))
  })
  return [...new Set(chosen)]
}

const clamp = (value: number, [low, high]: readonly [number, number]): number =>
  Math.min(high, Math.max(low, value))

/** The band between `low` and `high`, cut off at the frame; nothing when no point has a spread. */
export function spreadMark({ points, color }: DrawnSeries, { scales, facet }: LineMarkOptions): Markish[] {
  if (!points.some(({ low, high }) => low !== undefined || high !== undefined)) return []
  const { domain } = scales.y.scale
  const limits = points
    .filter(({ x }) => !scales.x.log || x > 0)
    .map(({ x, y, low = y, high = y }) => ({ x, low: clamp(low, domain), high: clamp(high, domain) }))
  return [areaY(limits, { ...facet, x: 'x', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.18 })]
}

/** The line with its symbols; "∞" at the top of the frame for infinite values. */
export function lineMarks(series: DrawnSeries, options: LineMarkOptions): Markish[] {
  const { scales, facet, size = 1, count, symbols = 6 } = options
  const { color, symbol, kind } = series
  const points = series.points.filter(({ x }) => !scales.x.log || x > 0)
  const shows = (y: number) => Number.isFinite(y) && (!scales.y.log || y > 0)
  const finite =
    kind === 'predicted'
      ? cutAtFrame(points, scales)
      : points.map(({ x, y }) => ({ x, y: shows(y) ? y : NaN }))
  const infinite = points.filter(({ y }) => y === Infinity)
  const { width, opacity, dashes } = strokeOf(series)
  const stroke = { stroke: color, strokeWidth: width * size, strokeOpacity: opacity, strokeDasharray: dashes }
  const marks: Markish[] = [lineY(finite, { ...facet, x: 'x', y: 'y', ...stroke })]
  if (kind !== 'predicted' && (count > 1 || points.length <= 2 * symbols)) {
    const signs = symbolPoints(
      finite.filter(({ y }) => !Number.isNaN(y)),
      options,
    )
    const paint = kind === 'variant' ? { fill: 'none', stroke: color } : { fill: color }
    marks.push(dot(signs, { ...facet, x: 'x', y: 'y', ...paint, symbol, r: 3.5 * size }))
  }
  if (infinite.length > 0) {
    const shown = symbolPoints(infinite, options)
    const top = scales.y.scale.domain[1]
    marks.push(text(shown, { ...facet, x: 'x', y: top, text: () => '∞', fill: color, fontSize: 14, dy: -2 }))
  }
  return marks
}

/** All series of one panel: spreads below, then measured lines, predictions on top. */
export function panelMarks(
  series: readonly DrawnSeries[],
  options: Omit<LineMarkOptions, 'index' | 'count'>,
): Markish[] {
  const placed = series.map((one, index) => ({ one, options: { ...options, index, count: series.length } }))
  const [measured, predicted] = [false, true].map((last) =>
    placed.filter(({ one }) => (one.kind === 'predicted') === last),
  )
  return [
    ...placed.flatMap(({ one, options }) => spreadMark(one, options)),
    ...[...measured, ...predicted].flatMap(({ one, options }) => lineMarks(one, options)),
  ]
}
