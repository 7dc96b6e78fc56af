// What stands in a cell of a table, and how it is printed: words, numbers, and numbers with their spread over seeds.
import { formatInteger, formatNumber } from '../format-number.ts'

/** A mean over repetitions. */
export interface Spread {
  mean: number
  /** Standard deviation over the repetitions. */
  deviation: number
  /** Repetitions; a single one prints without a deviation. */
  count: number
}

export type Cell = string | number | boolean | null | undefined | Spread

/** A printed value: `deviation` stands after "±". */
export interface Printed {
  text: string
  deviation?: string
}

export const isSpread = (cell: Cell): cell is Spread => typeof cell === 'object' && cell !== null

export const isNumeric = (cell: Cell): cell is number | Spread => typeof cell === 'number' || isSpread(cell)

/** The number that a cell competes with. */
export const valueOf = (cell: number | Spread): number => (isSpread(cell) ? cell.mean : cell)

/** How far repetitions of a cell lie from each other, where there are any. */
export const deviationOf = (cell: number | Spread): number =>
  isSpread(cell) && cell.count > 1 ? cell.deviation : 0

/** Digits after the point that `digits` significant digits of `value` need. */
const decimalsOf = (value: number, digits: number): number =>
  digits - 1 - Number(value.toExponential(digits - 1).split('e')[1])

/** `value` with `decimals` digits after the point, a true minus and grouped thousands. */
function formatFixed(value: number, decimals: number): string {
  const [whole, fraction] = Math.abs(value).toFixed(Math.max(0, decimals)).split('.')
  const negative = value < 0 && Number(`${whole}.${fraction ?? 0}`) !== 0
  const grouped = formatInteger(Number(whole))
  return (negative ? '−' : '') + grouped + (fraction === undefined ? '' : `.${fraction}`)
}

/** The deviation to two significant digits, the mean to the same place; each by itself where one place suits not both. */
export function printSpread({ mean, deviation, count }: Spread, format?: (value: number) => string): Printed {
  const one = (value: number, digits?: number) =>
    format && Number.isFinite(value) ? format(value) : formatNumber(value, digits)
  if (count < 2 || !Number.isFinite(deviation) || !Number.isFinite(mean)) return { text: one(mean) }
  const decimals = deviation > 0 ? decimalsOf(deviation, 2) : NaN
  const size = Math.max(Math.abs(mean), deviation)
  const plain = size >= 1e-3 && size < 1e6 && decimals <= 6
  if (format !== undefined || !plain) return { text: one(mean), deviation: one(deviation, 2) }
  return { text: formatFixed(mean, decimals), deviation: formatFixed(deviation, decimals) }
}
