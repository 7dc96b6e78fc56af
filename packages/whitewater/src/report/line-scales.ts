// The scales of line figures: limits that hold every point and its spread, logarithmic where that is asked for or helps.
import { extentOf, logScale, wantsLog, yScale, type AxisScale } from './axis.ts'
import { formatInteger } from './number.ts'
import type { Point } from './series.ts'

export interface LineScaleOptions {
  xLog?: boolean
  /** By default wherever the values are positive and span a decade. */
  yLog?: boolean
  /** Values that y shows whatever the data, so that a flat line is not blown up to noise. */
  yIncludes?: readonly number[]
  xDomain?: readonly [number, number]
  /** How many ticks x has, about, or which. */
  xTicks?: number | readonly number[]
  yTicks?: number
}

export interface LineScales {
  x: AxisScale
  y: AxisScale
}

function xScaleOf(xs: readonly number[], options: LineScaleOptions): AxisScale | undefined {
  const { xLog = false, xDomain, xTicks = 8 } = options
  const positive = extentOf(xs.filter((x) => x > 0))
  if (xLog && positive) {
    const log = logScale(xDomain ?? positive, typeof xTicks === 'number' ? xTicks : 8)
    if (log) return log
  }
  const extent = extentOf(xs)
  return extent && { scale: { domain: xDomain ?? extent }, ticks: xTicks, log: false }
}

/** On a logarithmic axis a spread may reach a decade below the lowest value, where its lower limit would go to zero. */
function spreadOf(points: readonly Point[], lowest: number, log: boolean): number[] {
  const limits = points.flatMap(({ low, high }) => [low ?? NaN, high ?? NaN])
  return log ? limits.map((limit) => Math.max(limit, lowest / 10)) : limits
}

function yScaleOf(points: readonly Point[], options: LineScaleOptions): AxisScale | undefined {
  const { yLog, yIncludes = [], yTicks } = options
  const ys = points.map(({ y }) => y)
  const all = extentOf(ys)
  if (all === undefined) return undefined
  if (yLog ?? wantsLog(all)) {
    const positive = ys.filter((y) => y > 0)
    const extent = extentOf(positive)
    const full = extent && extentOf([...positive, ...spreadOf(points, extent[0], true), ...yIncludes])
    const scale = full && yScale(full, true, yTicks)
    if (scale?.log) return scale
  }
  return yScale(extentOf([...ys, ...spreadOf(points, NaN, false), ...yIncludes]) ?? all, false, yTicks)
}

/** Undefined when no point has two finite coordinates. */
export function lineScales(points: readonly Point[], options: LineScaleOptions): LineScales | undefined {
  const x = xScaleOf(
    points.map(({ x }) => x),
    options,
  )
  const y = yScaleOf(points, options)
  return x && y && { x, y }
}

/** What a reader should know about points that logarithmic axes cannot show. */
export function hiddenNote(points: readonly Point[], { x, y }: LineScales): string | undefined {
  const left = x.log ? points.filter((point) => point.x <= 0) : []
  const below = y.log ? points.filter((point) => point.y <= 0 && !(x.log && point.x <= 0)) : []
  const notes: string[] = []
  if (left.length > 0) notes.push('Zero is not on the logarithmic x axis.')
  if (below.length > 0) notes.push(`Not drawn, because not positive: ${formatInteger(below.length)}.`)
  return notes.length > 0 ? notes.join(' ') : undefined
}
