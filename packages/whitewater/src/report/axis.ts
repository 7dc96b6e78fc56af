// Axes: when a logarithm helps, round tick values for it, and limits that leave the data a little air.
import {
  axisX,
  axisY,
  type AxisXOptions,
  type AxisYOptions,
  type CompoundMark,
  type ScaleOptions,
} from '@observablehq/plot'
import { formatPower, formatTick } from '../format-number.ts'

/** Smallest and largest finite value; undefined when there is none. */
export function extentOf(values: Iterable<number>): [number, number] | undefined {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : undefined
}

/** Whether values in this extent are better read on a logarithmic axis: positive and a decade or more apart. */
export const wantsLog = ([low, high]: readonly [number, number]): boolean => low > 0 && high / low >= 10

/** Ticks 1, 2, 5 per decade where few decades show, else whole powers of ten, at most about `most`. */
export function logTicks(low: number, high: number, most: number): number[] {
  const first = Math.floor(Math.log10(low))
  const last = Math.ceil(Math.log10(high))
  const mantissas = 3 * Math.log10(high / low) <= most ? [1, 2, 5] : [1]
  const step = mantissas.length > 1 ? 1 : Math.ceil((last - first) / most)
  const ticks: number[] = []
  for (let exponent = first; exponent <= last; exponent += step) {
    for (const mantissa of mantissas) ticks.push(Number(`${mantissa}e${exponent}`))
  }
  return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9))
}

/** Ticks of a logarithmic axis in one way of writing: 1, 10, 100, 10³ wherever one of them needs a power of ten. */
export const formatLogTicks = (ticks: readonly number[]): ((tick: number) => string) =>
  ticks.some((tick) => tick >= 1e5 || tick < 1e-3)
    ? (tick) => (tick >= 0.01 && tick <= 100 ? formatTick(tick) : formatPower(tick))
    : formatTick

export interface AxisScale {
  scale: ScaleOptions & { domain: readonly [number, number] }
  ticks: readonly number[] | number
  /** Whether the scale came out logarithmic. */
  log: boolean
}

/** A logarithmic scale over exactly `domain`; undefined when fewer than two round ticks fit. */
export function logScale(domain: readonly [number, number], most = 8): AxisScale | undefined {
  const ticks = logTicks(...domain, most)
  return ticks.length > 1 ? { scale: { type: 'log', domain }, ticks, log: true } : undefined
}

/**
 * A y scale over `extent` with a little air and readable ticks. Logarithmic when `log` asks for it, the values are
 * positive and at least two round ticks fit; linear otherwise.
 */
export function yScale(extent: readonly [number, number], log: boolean, most = 6): AxisScale {
  const [low, high] = extent
  if (log && low > 0) {
    const pad = Math.max((high / low) ** 0.04, 1.05)
    const domain = [low / pad, high * pad] as const
    const scale = logScale(domain, most + 2)
    if (scale) return scale
  }
  const pad = (high - low || Math.abs(high) || 1) * 0.05
  return { scale: { domain: [low - pad, high + pad] }, ticks: most, log: false }
}

/** The x axis with its label centred below the ticks. */
export const xAxis = (label: string, options: AxisXOptions = {}): CompoundMark =>
  axisX({
    tickFormat: formatTick,
    tickSize: 4,
    label,
    labelAnchor: 'center',
    labelArrow: 'none',
    labelOffset: 36,
    ...options,
  })

/** The y axis with its label upright at the top left, where it reads without turning the head. */
export const yAxis = (label: string, options: AxisYOptions = {}): CompoundMark =>
  axisY({ tickFormat: formatTick, tickSize: 0, label, labelAnchor: 'top', labelArrow: 'none', ...options })
