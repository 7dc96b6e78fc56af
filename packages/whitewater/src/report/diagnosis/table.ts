// What each preconditioner buys and costs, as one table for terminal and report.
import { EPSILON, hasNarrow, type Diagnosis } from '../../metrics/diagnosis/result.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Column, Table } from '../table.ts'

const DIGITS = 3

const iterations = (value: number): string =>
  value < 1e8 ? formatInteger(value) : formatNumber(value, DIGITS)

const kappa = (value: number): string => formatNumber(value, DIGITS)

/** As it prints: what reads the same is as good. */
const printed = (value: number): number => Number(value.toPrecision(DIGITS))

export function preconditionerTable(diagnosis: Diagnosis): Table {
  const { preconditioners, maxKappa, path, wide } = diagnosis
  const columns: Column[] = [
    { key: 'kind', label: 'precondition' },
    { key: 'maxKappa', label: 'max κ', better: 'lower', format: kappa },
    { key: 'wideKappa', label: `κ of ${formatInteger(wide.dimension)}`, better: 'lower', format: kappa },
    { key: 'gdIterations', label: 'iterations', better: 'lower', format: iterations },
    { key: 'fitSeconds', label: 'fit', unit: 's', format: (value) => value.toFixed(value < 10 ? 2 : 0) },
    { key: 'roundTripError', label: 'round trip', format: (value) => formatNumber(value, 2) },
  ]
  const most = path.reduce((least, point) => Math.max(least, point.gdIterations), 1)
  const data = { kind: 'none', maxKappa, wideKappa: wide.kappa, gdIterations: most }
  return {
    columns: columns.filter(({ key }) => key !== 'wideKappa' || hasNarrow(diagnosis)),
    rows: [{ ...data, fitSeconds: null, roundTripError: null }, ...preconditioners].map((one) => ({
      kind: one.kind,
      maxKappa: printed(one.maxKappa),
      wideKappa: printed(one.wideKappa),
      gdIterations: Math.ceil(one.gdIterations),
      fitSeconds: one.fitSeconds,
      roundTripError: one.roundTripError,
    })),
  }
}

/** 1e-6 */
export const short = (delta: number): string => (delta === 0 ? '0' : delta.toExponential().replace('+', ''))

/** What the table's columns are. */
export function preconditionerCaption(diagnosis: Diagnosis): string {
  const { delta, wide } = diagnosis
  return [
    `max κ: largest condition number of S_t + ${short(delta)} I along the path.`,
    ...(hasNarrow(diagnosis)
      ? [
          `κ of ${formatInteger(wide.dimension)}: of as many directions, those in which the data has more than 1e-6 of its largest variance.`,
        ]
      : []),
    `iterations: gradient-descent steps that suffice to shrink the error of a linear model to ${EPSILON} (Eq. 17).`,
    'fit: wall time by itself, covariance included.',
    'round trip: |P⁻¹(P(x)) − x| / |x|.',
  ].join(' ')
}

/** Preconditioners that were not measured, by reason: `class-zca (needs labels)`. */
export function skippedLines({ skipped }: Diagnosis): string[] {
  const reasons = new Map<string, string[]>()
  for (const { kind, reason } of skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), kind])
  return [...reasons].map(([reason, kinds]) => `${kinds.join(', ')} (${reason})`)
}

/** Seconds by stage in order of their first turn, what was done class by class in one. */
export function stageTotals({ stages }: Diagnosis): { name: string; seconds: number }[] {
  const totals = new Map<string, number>()
  for (const { name, seconds } of stages) {
    const group = name.startsWith('class ') ? 'covariances of the classes' : name
    totals.set(group, (totals.get(group) ?? 0) + seconds)
  }
  return [...totals].map(([name, seconds]) => ({ name, seconds }))
}
