// What Fig. 9 says of gains that saturate, in words made from the numbers, whichever way they fall.
import { formatNumber } from '../../format-number.ts'
import { told } from '../shared/verdict.ts'
import { epochsSaid } from '../mnist/summary.ts'
import { countSaid, ratioSaid } from '../mnist/table.ts'
import {
  along,
  baselineNamed,
  frechetOf,
  seriesAlong,
  variedRows,
  type Axis,
  type Variant,
} from './entries.ts'

const number = (value: number): string => formatNumber(value, 3)
const mean = (variant: Variant): number => frechetOf(variant).mean

const amount: Readonly<Record<Axis, (value: number) => string>> = {
  capacity: countSaid,
  epochs: epochsSaid,
}

/** Where the last increase brings less than this part of the whole gain, the rest is next to nothing. */
const LITTLE = 0.1

/** How much of the gain over none the last increase of the preconditioner's size or training brings. */
function tailSaid(series: readonly Variant[], none: number): string {
  const [before, last] = [series[series.length - 2], series[series.length - 1]].map(mean)
  const gain = none - Math.min(before, last)
  if (gain <= 0) return 'there is no gain over none to saturate'
  const share = (before - last) / gain
  if (share <= 0) return `the last increase gains nothing (${number(before)} to ${number(last)})`
  const said = `${(100 * share).toFixed(0)} % of the gain over none`
  return share < LITTLE
    ? `saturated: the last increase brings ${said}`
    : `not saturated: the last increase brings ${said}`
}

function sentenceOf(variants: readonly Variant[], row: string, axis: Axis, none: Variant): string {
  const series = seriesAlong(variants, row, axis)
  if (series.length < 2) return ''
  const list = series.map((one) => `${number(mean(one))} at ${amount[axis](along[axis](one))}`).join(', ')
  const unit = axis === 'capacity' ? 'weights of the preconditioner' : 'epochs of the preconditioner'
  return `${row}, FID by ${unit}: ${list}; ${tailSaid(series, mean(none))}.`
}

/** The same weights in the field alone. */
function matchedSaid(variants: readonly Variant[], none: Variant, rows: readonly string[]): string[] {
  const matched = baselineNamed(variants, 'none-matched')
  if (!matched) return []
  const others = rows.flatMap((row) => {
    const full = seriesAlong(variants, row, 'capacity').at(-1)
    if (!full) return []
    const seeded = full.runs.length > 1 && matched.runs.length > 1
    const same = seeded && !told(frechetOf(full), frechetOf(matched))
    const apart = same ? ', by less than seeds differ' : ''
    return [`${row} of full size ${ratioSaid(mean(full) / mean(none))}${apart}`]
  })
  return [
    `Compute-matched, in parts of none's FID of ${number(mean(none))}: as many weights in the field alone ${ratioSaid(mean(matched) / mean(none))}; ${others.join(', ')}.`,
  ]
}

export function summaryOf(variants: readonly Variant[]): string {
  const none = baselineNamed(variants, 'none')
  if (!none) return 'The baseline none was not run, so there is nothing to compare with.'
  const rows = variedRows(variants)
  const chance =
    none.runs.length > 1
      ? ''
      : 'One seed each: differences between neighbours may be chance, and no curve here is told from a flat one by seeds.'
  return [
    ...rows.map((row) =>
      (['capacity', 'epochs'] as const)
        .map((axis) => sentenceOf(variants, row, axis, none))
        .filter((said) => said !== '')
        .join(' '),
    ),
    ...matchedSaid(variants, none, rows),
    chance,
  ]
    .filter((said) => said !== '')
    .join('\n\n')
}
