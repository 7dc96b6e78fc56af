// Lines over a common axis: the shape that losses, condition numbers and spectra share.
import { dot, gridY, lineY, text, type Markish } from '@observablehq/plot'
import { extentOf, wantsLog, xAxis, yAxis, yScale } from './axis.ts'
import { figureSvg } from './figure.ts'
import { lineEntry } from './legend.ts'
import { colorOf, gridOpacity, symbolOf } from './theme.ts'

export interface Point {
  x: number
  /** NaN leaves a gap; infinity is marked "∞" at the top of the frame. */
  y: number
}

export interface LineSeries {
  name: string
  points: readonly Point[]
}

export interface LineFigureOptions {
  /** The calling figure, for error messages. */
  figure: string
  /** What the figure shows, for screen readers. */
  label: string
  series: readonly LineSeries[]
  xLabel: string
  yLabel: string
  /** Logarithmic y; by default wherever the values are positive and span a decade. */
  log?: boolean
  /** Values that y shows whatever the data, so that a flat line is not blown up to noise. */
  yIncludes?: readonly number[]
  note?: string
  xDomain?: readonly [number, number]
  /** How many ticks x has, about, or which. */
  xTicks?: number | number[]
}

/** Every `n`-th point that carries a symbol, about six a series, staggered so that close lines do not cover each other's. */
function symbolPoints(points: readonly Point[], index: number, count: number): Point[] {
  if (points.length <= 12) return [...points]
  const spacing = points.length / 6
  const offset = (spacing * (index + 0.5)) / count
  return Array.from(
    { length: 6 },
    (_, k) => points[Math.min(points.length - 1, Math.floor(offset + k * spacing))],
  )
}

function seriesMarks(series: LineSeries, index: number, count: number, top: number): Markish[] {
  const color = colorOf(index)
  const finite = series.points.map(({ x, y }) => ({ x, y: Number.isFinite(y) ? y : NaN }))
  const infinite = series.points.filter(({ y }) => y === Infinity)
  const marks: Markish[] = [lineY(finite, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.75 })]
  const signs = symbolPoints(
    finite.filter(({ y }) => !Number.isNaN(y)),
    index,
    count,
  )
  if (count > 1 || series.points.length <= 12) {
    marks.push(dot(signs, { x: 'x', y: 'y', fill: color, symbol: symbolOf(index), r: 3.5 }))
  }
  if (infinite.length > 0) {
    const shown = symbolPoints(infinite, index, count)
    marks.push(text(shown, { x: 'x', y: top, text: () => '∞', fill: color, fontSize: 14, dy: -2 }))
  }
  return marks
}

/**
 * Draws series of points as lines, each with its own colour and symbol.
 * @throws RangeError when no series holds a finite point
 */
export function lineFigure(options: LineFigureOptions): string {
  const { figure, series, xLabel, yLabel, label, note } = options
  const ys = series.flatMap(({ points }) => points.map(({ y }) => y))
  const extent = ys.some(Number.isFinite) ? extentOf([...ys, ...(options.yIncludes ?? [])]) : undefined
  const xExtent = extentOf(series.flatMap(({ points }) => points.map(({ x }) => x)))
  if (extent === undefined || xExtent === undefined) {
    throw new RangeError(
      `${figure} got ${series.length} series without a finite point, expected at least one: pass measured values`,
    )
  }
  const { scale, ticks, log } = yScale(extent, options.log ?? wantsLog(extent))
  return figureSvg({
    label,
    note,
    legend: series.length > 1 ? series.map(({ name }, index) => lineEntry(name, index)) : [],
    x: { domain: options.xDomain ?? xExtent },
    y: scale,
    marks: [
      gridY({ ticks, strokeOpacity: gridOpacity }),
      yAxis(log ? `${yLabel} (log scale)` : yLabel, { ticks }),
      xAxis(xLabel, { ticks: options.xTicks ?? 8 }),
      series.map((one, index) => seriesMarks(one, index, series.length, scale.domain[1])),
    ],
  })
}
