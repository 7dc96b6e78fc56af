// The runs of Table 1 by row, seeds together, and what its pages read off them.
import type { Measured } from '../runner/experiment.ts'
import { spreadOf, type Spread } from '../shared/observe.ts'
import type { MnistSettings } from './settings.ts'
import type { Look, MnistResult } from './result.ts'
import { BASELINE, rows, type Row } from './rows.ts'

export type Run = Measured<MnistSettings, MnistResult>

/** A row of the table, a run a seed. */
export interface Entry {
  readonly row: Row
  readonly runs: readonly Run[]
}

/** In the order of the table. */
export const entriesOf = (runs: readonly Run[]): Entry[] =>
  rows
    .map((row) => ({ row, runs: runs.filter(({ settings }) => settings.row === row.name) }))
    .filter((entry) => entry.runs.length > 0)

export const entryNamed = (entries: readonly Entry[], wanted: string): Entry | undefined =>
  entries.find(({ row }) => row.name === wanted)

/** What the other rows are compared with; undefined where it was not run. */
export const baselineOf = (entries: readonly Entry[]): Entry | undefined => entryNamed(entries, BASELINE)

/** One thing at several seeds. */
export type Repeated = Pick<Entry, 'runs'>

export const over = ({ runs }: Repeated, of: (result: MnistResult) => number): Spread =>
  spreadOf(runs.map(({ result }) => of(result)))

export const lastOf = ({ looks }: MnistResult): Look => looks[looks.length - 1]

/** A measure at the end. */
export type Measure = keyof Pick<
  Look,
  'frechet' | 'mmd' | 'kid' | 'precision' | 'recall' | 'density' | 'coverage'
>

export const final = (entry: Repeated, measure: Measure): Spread =>
  over(entry, (result) => lastOf(result)[measure])

/**
 * Processor seconds up to a look, the preconditioner's fit included. Not time on the clock: runs share a machine with others, which
 * would decide between rows.
 */
export const secondsAt = ({ fit }: MnistResult, { spent }: Look): number => fit.cpu + spent.cpu

export const totalSeconds = (result: MnistResult): number => secondsAt(result, lastOf(result))

/** kappa at the measured time nearest to `t`. */
export const kappaAt = ({ kappa }: MnistResult, t: number): number =>
  kappa.reduce((best, point) => (Math.abs(point.t - t) < Math.abs(best.t - t) ? point : best)).kappa

export const seedsSaid = (entries: readonly Repeated[]): string => {
  const counts = [...new Set(entries.map(({ runs }) => runs.length))].sort((a, b) => a - b)
  return counts.length === 1 && counts[0] === 1 ? 'one seed' : `${counts.join(' or ')} seeds`
}
