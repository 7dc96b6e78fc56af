// Table 1 with the paper's ratios beside it, what each row cost, and what it has reached when the baseline is done.
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Column, Table } from '../../report/table.ts'
import type { Spread } from '../shared/observe.ts'
import { equalTime } from './equal-time.ts'
import {
  baselineOf,
  final,
  kappaAt,
  lastOf,
  over,
  totalSeconds,
  type Entry,
  type Measure,
} from './entries.ts'
import type { Comparison, MnistResult, Prepared } from './result.ts'
import { BASELINE, rows, type Row } from './rows.ts'

const measures: readonly Measure[] = ['frechet', 'mmd', 'kid', 'precision', 'recall', 'density', 'coverage']

/** "2.32 M", and in full what that would hide. */
export const countSaid = (count: number): string =>
  count >= 1e5 ? `${(count / 1e6).toFixed(2)} M` : formatInteger(count)

/** "40 + 62": of the field, and of the preconditioner where it has any. */
const bothSaid = (field: number, preconditioner: number, said: (value: number) => string): string =>
  preconditioner > 0 ? `${said(field)} + ${said(preconditioner)}` : said(field)

/** "2.32 + 1.05 M". */
const parametersSaid = (field: number, preconditioner: number): string =>
  bothSaid(field, preconditioner, countSaid).replace(/ M \+ (.*) M$/, ' + $1 M')

const paperBaseline: Row | undefined = rows.find(({ name }) => name === BASELINE)

/** What the paper's row is of the paper's baseline; undefined for rows that it does not have. */
export function paperRatio({ paper }: Row, score: 'frechet' | 'mmd'): number | undefined {
  const base = paperBaseline?.paper
  return paper && base && paper !== base ? paper[score] / base[score] : undefined
}

/** Ratio of means; undefined for the baseline and where it was not run. */
export function ratioToBaseline(
  entry: Entry,
  baseline: Entry | undefined,
  score: 'frechet' | 'mmd',
): number | undefined {
  if (!baseline || baseline === entry) return undefined
  return final(entry, score).mean / final(baseline, score).mean
}

/** Compute-matched: the field alone has the weights that field and preconditioner have elsewhere. */
const matchedSaid = ({ matched, precondition }: Row): string => {
  if (precondition === 'real-nvp' || precondition === 'flow') return '–'
  return matched ? 'yes' : 'no'
}

function costOf(entry: Entry) {
  const mean = (of: (result: MnistResult) => number) => over(entry, of).mean
  const tera = (value: number) => formatNumber(value / 1e12, 3)
  const wall = (result: MnistResult) => result.fit.wall + lastOf(result).spent.wall
  return {
    kappaMiddle: over(entry, (result) => kappaAt(result, 0.5)),
    kappaLate: over(entry, (result) => kappaAt(result, 0.9)),
    kappaEnd: over(entry, (result) => kappaAt(result, 1)),
    flops: bothSaid(
      mean(({ flops }) => flops.field),
      mean(({ flops }) => flops.preconditioner),
      tera,
    ),
    fitSeconds: over(entry, ({ fit }) => fit.cpu),
    trainingSeconds: over(entry, (result) => lastOf(result).spent.cpu),
    clockSeconds: over(entry, wall),
    evaluations: bothSaid(
      mean(({ evaluations }) => evaluations),
      mean(({ preconditionerEvaluations }) => preconditionerEvaluations),
      formatInteger,
    ),
  }
}

function timeOf(entry: Entry, baseline: Entry | undefined) {
  if (!baseline) return {}
  const { frechet, seconds, epochs } = equalTime(entry, baseline)
  const budget = over(baseline, totalSeconds).mean
  return {
    frechetAtTime: frechet,
    frechetAtTimeRatio:
      entry === baseline || !frechet ? undefined : frechet.mean / final(baseline, 'frechet').mean,
    totalTime: over(entry, totalSeconds).mean / budget,
    timeToBaseline: seconds === undefined ? undefined : seconds / budget,
    epochsToBaseline: epochs,
  }
}

const scoresOf = (entry: Entry): Readonly<Record<Measure, Spread>> => {
  const [frechet, mmd, kid, precision, recall, density, coverage] = measures.map((one) => final(entry, one))
  return { frechet, mmd, kid, precision, recall, density, coverage }
}

function rowOf(entry: Entry, baseline: Entry | undefined) {
  const { row } = entry
  return {
    row: row.name,
    // floors do not compete with rows for bold
    kind: 'trained',
    parameters: parametersSaid(
      over(entry, ({ parameters }) => parameters).mean,
      over(entry, ({ preconditionerParameters }) => preconditionerParameters).mean,
    ),
    matched: matchedSaid(row),
    ...scoresOf(entry),
    mmdThousandths: thousandths(final(entry, 'mmd')),
    frechetRatio: ratioToBaseline(entry, baseline, 'frechet'),
    frechetPaper: paperRatio(row, 'frechet'),
    mmdRatio: ratioToBaseline(entry, baseline, 'mmd'),
    mmdPaper: paperRatio(row, 'mmd'),
    ...costOf(entry),
    ...timeOf(entry, baseline),
  }
}

/** Two decimals, and two digits of what that would hide. */
export const ratioSaid = (value: number): string =>
  value >= 0.095 ? value.toFixed(2) : formatNumber(value, 2)

/** MMD² in thousandths: without powers of ten, numbers stand under each other. */
const thousandths = ({ mean, deviation, count }: Spread): Spread => ({
  mean: 1e3 * mean,
  deviation: 1e3 * deviation,
  count,
})

const table1: readonly Column[] = [
  { key: 'row', label: 'row' },
  { key: 'parameters', label: 'parameters' },
  { key: 'frechet', label: 'FID', better: 'lower' },
  { key: 'frechetRatio', label: 'of none', format: ratioSaid },
  { key: 'frechetPaper', label: 'paper', format: ratioSaid },
  { key: 'mmdThousandths', label: 'MMD²', unit: '10⁻³', better: 'lower' },
  { key: 'mmdRatio', label: 'of none', format: ratioSaid },
  { key: 'mmdPaper', label: 'paper', format: ratioSaid },
]

const manifold: readonly Column[] = [
  { key: 'row', label: 'row' },
  { key: 'precision', label: 'precision', better: 'higher' },
  { key: 'recall', label: 'recall', better: 'higher' },
  { key: 'density', label: 'density', better: 'higher' },
  { key: 'coverage', label: 'coverage', better: 'higher' },
]

const costs: readonly Column[] = [
  { key: 'row', label: 'row' },
  { key: 'kappaMiddle', label: 'κ at t = 0.5' },
  { key: 'kappaLate', label: '0.9' },
  { key: 'kappaEnd', label: '1' },
  { key: 'flops', label: 'training', unit: 'TFLOP' },
  { key: 'fitSeconds', label: 'fit', unit: 's' },
  { key: 'trainingSeconds', label: 'training', unit: 's' },
  { key: 'clockSeconds', label: 'both on the clock', unit: 's' },
  { key: 'evaluations', label: 'evaluations + of P⁻¹' },
]

const times: readonly Column[] = [
  { key: 'row', label: 'row' },
  { key: 'totalTime', label: 'time', unit: "of none's", format: ratioSaid },
  { key: 'frechetAtTime', label: 'FID when none is done', better: 'lower' },
  { key: 'frechetAtTimeRatio', label: 'of none', format: ratioSaid },
  { key: 'timeToBaseline', label: "time to none's FID", unit: "of none's", format: ratioSaid },
  { key: 'epochsToBaseline', label: 'epochs to it', format: (value) => formatNumber(value, 2) },
]

const floorRow = (row: string, scores: Comparison) => ({
  row,
  kind: row,
  ...scores,
  mmdThousandths: 1e3 * scores.mmd,
})

/** Table 1; its rows carry what the other tables show, so that all of it is kept. */
export function tableOf(entries: readonly Entry[], { floor }: Prepared): Table {
  const baseline = baselineOf(entries)
  return {
    group: 'kind',
    columns: table1,
    rows: [
      ...entries.map((entry) => rowOf(entry, baseline)),
      floorRow('(training images)', floor.real),
      floorRow('(training images, reconstructed)', floor.reconstructed),
    ],
  }
}

const trained = ({ rows }: Table): Table['rows'] => rows.filter(({ kind }) => kind === 'trained')

/** The other half of the paper's Table 1, floors included. */
export const manifoldTable = (table: Table): Table => ({ ...table, columns: manifold })

export const costTable = (table: Table): Table => ({ columns: costs, rows: trained(table) })

export const timeTable = (table: Table): Table => ({ columns: times, rows: trained(table) })

/** The paper's own numbers (Table 1). */
export const paperTable = (): Table => ({
  columns: [
    { key: 'row', label: 'row' },
    { key: 'frechet', label: 'FID', better: 'lower', format: (value) => value.toFixed(2) },
    { key: 'mmd', label: 'MMD, as printed', better: 'lower', format: (value) => value.toFixed(2) },
  ],
  rows: rows.flatMap(({ name, ...row }) => ('paper' in row ? [{ row: name, ...row.paper }] : [])),
})
