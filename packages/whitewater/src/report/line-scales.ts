// The scales of line figures: limits that hold every point and its spread, logarithmic where that is asked for or helps.
import { extentOf, logScale, wantsLog, yScale, type AxisScale } from './axis.ts'
import { formatInteger } from '../format-number.ts'
import type { LineSeries, Point } from './series.ts'

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

/** Finite limits of spreads; on a logarithmic axis, where a lower limit may go to zero, they stop a decade below `lowest`. */
function spreadOf(points: readonly Point[], lowest: number, log: boolean): number[] {
  const limits = points.flatMap(({ low, high }) => [low ?? NaN, high ?? NaN])
  return log ? limits.map((limit) => Math.max(limit, lowest / 10)) : limits
}

/** How far beyond what was measured predictions stretch a logarithmic axis: what they say further out is cut off. */
const beyond = 10

/** How far a prediction stretches the axis; one that stays out of reach is still shown where it is nearest. */
function reachOf(predicted: LineSeries, [low, high]: readonly [number, number]): number[] {
  const extent = extentOf(positiveOf([predicted]))
  if (extent === undefined) return []
  const least = low / beyond
  const most = high * beyond
  return [Math.min(extent[1], Math.max(extent[0], least)), Math.max(extent[0], Math.min(extent[1], most))]
}

const positiveOf = (series: readonly LineSeries[]): number[] => series.flatMap(yOf).filter((y) => y > 0)

function logScaleOf(
  series: readonly LineSeries[],
  { yIncludes = [], yTicks }: LineScaleOptions,
): AxisScale | undefined {
  const measured = extentOf(positiveOf(series.filter(({ style }) => style !== 'predicted')))
  const core = measured ?? extentOf(positiveOf(series))
  if (core === undefined) return undefined
  const reached = series.filter(({ style }) => style === 'predicted').flatMap((one) => reachOf(one, core))
  const spread = spreadOf(pointsOf(series), core[0], true)
  const extent = extentOf([...core, ...reached, ...spread, ...yIncludes])
  const scale = extent && yScale(extent, true, yTicks)
  return scale?.log ? scale : undefined
}

function yScaleOf(series: readonly LineSeries[], options: LineScaleOptions): AxisScale | undefined {
  const { yLog, yIncludes = [], yTicks } = options
  const ys = series.flatMap(yOf)
  const all = extentOf(ys)
  if (all === undefined) return undefined
  const log = (yLog ?? wantsLog(all)) ? logScaleOf(series, options) : undefined
  if (log) return log
  return yScale(
    extentOf([...ys, ...spreadOf(pointsOf(series), NaN, false), ...yIncludes]) ?? all,
    false,
    yTicks,
  )
}

const pointsOf = (series: readonly LineSeries[]): Point[] => series.flatMap(({ points }) => [...points])

const yOf = ({ points }: LineSeries): number[] => points.map(({ y }) => y)

/** Undefined when no point has two finite coordinates. */
export function lineScales(series: readonly LineSeries[], options: LineScaleOptions): LineScales | undefined {
  const xs = pointsOf(series).map(({ x }) => x)
  const x = xScaleOf(xs, options)
  const y = yScaleOf(series, options)
  return x && y && { x, y }
}

/** What a reader should know about points that logarithmic axes cannot show. */
export function hiddenNote(series: readonly LineSeries[], { x, y }: LineScales): string | undefined {
  const points = pointsOf(series)
  const left = x.log ? points.filter((point) => point.x <= 0) : []
  const below = y.log ? points.filter((point) => point.y <= 0 && !(x.log && point.x <= 0)) : []
  const notes: string[] = []
  if (left.length > 0) notes.push('Zero is not on the logarithmic x axis.')
  if (below.length > 0) notes.push(`Not drawn, because not positive: ${formatInteger(below.length)}.`)
  return notes.length > 0 ? notes.join(' ') : undefined
}
