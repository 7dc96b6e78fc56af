// One line per eigendirection over path time, chosen so that a figure stays legible.
import { formatInteger } from '../format-number.ts'
import type { LineSeries } from './series.ts'

export interface ModeCurves {
  /** Path times t in [0, 1]. */
  times: ArrayLike<number>
  /** `values[k][j]` is mode j's value at `times[k]`. */
  values: readonly ArrayLike<number>[]
  /** The same, from theory: dashed over what was measured. */
  predicted?: readonly ArrayLike<number>[]
  /** Names of the modes; λ₁, λ₂, ... by default. */
  names?: readonly string[]
}

const most = 8

const subscript = (index: number): string =>
  [...String(index)].map((digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]).join('')

/** At most eight modes, evenly spaced in rank. */
function chosenModes(count: number): number[] {
  const shown = Math.min(count, most)
  return Array.from({ length: shown }, (_, k) => Math.round((k * (count - 1)) / Math.max(1, shown - 1)))
}

/**
 * The curves as series, and a sentence when some modes were left out.
 * @throws RangeError when rows and times differ in number, or rows in length
 */
export function modeSeries(
  figure: string,
  { times, values, predicted, names }: ModeCurves,
): { series: LineSeries[]; chosen?: string } {
  const count = values.length > 0 ? values[0].length : 0
  for (const rows of predicted ? [values, predicted] : [values]) {
    const uneven = rows.find((row) => row.length !== count)
    if (rows.length !== times.length || uneven) {
      throw new RangeError(
        `${figure} got ${rows.length} rows${uneven ? ` of ${count} and ${uneven.length} modes` : ''} for ${times.length} times, expected one row of all modes per time`,
      )
    }
  }
  const modes = chosenModes(count)
  const nameOf = (mode: number) => names?.[mode] ?? `λ${subscript(mode + 1)}`
  const line = (rows: readonly ArrayLike<number>[], mode: number) => ({
    name: nameOf(mode),
    points: rows.map((row, k) => ({ x: times[k], y: row[mode] })),
  })
  return {
    series: [
      ...modes.map((mode) => line(values, mode)),
      ...(predicted
        ? modes.map((mode, like) => ({ ...line(predicted, mode), style: 'predicted' as const, like }))
        : []),
    ],
    chosen: modes.length < count ? `${modes.length} of ${formatInteger(count)} modes are drawn.` : undefined,
  }
}
