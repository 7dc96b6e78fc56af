// What the comparison of all preconditioners shows: one table, in groups by dataset, and in words which were told from none.
import { formatNumber } from '../../format-number.ts'
import type { Table } from '../../report/table.ts'
import type { Measured, Presentation } from '../runner/experiment.ts'
import { groupBy, spreadOf, type Spread } from '../shared/observe.ts'
import type { Measures, PreconditionersResult, PreconditionersSettings } from './settings.ts'

type Run = Measured<PreconditionersSettings, PreconditionersResult>

/** One preconditioner on one dataset, over seeds; those that were left out are told apart. */
interface Entry {
  readonly data: string
  readonly kind: string
  readonly measures: readonly Measures[]
  readonly skipped?: string
}

const isMeasured = (result: PreconditionersResult): result is Measures => !('skipped' in result)

const dataOf = ({ settings: { source } }: Run): string => source.source.replace(/.*\//, '')

function entriesOf(runs: readonly Run[]): Entry[] {
  return [...groupBy(runs, (run) => `${dataOf(run)} ${run.settings.kind}`).values()].map((group) => {
    const [{ settings, result }] = group
    const measures = group.map((run) => run.result).filter(isMeasured)
    return {
      data: dataOf(group[0]),
      kind: settings.kind,
      measures,
      ...(!isMeasured(result) && { skipped: result.skipped }),
    }
  })
}

const over = ({ measures }: Entry, value: (one: Measures) => number): Spread => spreadOf(measures.map(value))

function tableOf(entries: readonly Entry[]): Table {
  return {
    group: 'data',
    columns: [
      { key: 'data', label: 'data' },
      { key: 'kind', label: 'precondition' },
      { key: 'fit', label: 'fit', unit: 's' },
      { key: 'roundTrip', label: 'round trip' },
      { key: 'kappa', label: 'max κ', better: 'lower' },
      { key: 'evenness', label: 'SW2 of P(data) to noise', better: 'lower' },
      { key: 'mmd', label: 'MMD²', better: 'lower' },
      { key: 'distance', label: 'SW2 of samples', better: 'lower' },
      { key: 'evaluations', label: 'evaluations + of P⁻¹' },
    ],
    rows: entries
      .filter(({ measures }) => measures.length > 0)
      .map((entry) => ({
        data: entry.data,
        kind: entry.kind,
        fit: over(entry, ({ fitSeconds }) => fitSeconds),
        roundTrip: Math.max(...entry.measures.map(({ roundTrip }) => roundTrip)),
        kappa: over(entry, ({ kappa }) => kappa),
        evenness: over(entry, ({ evenness }) => evenness),
        mmd: over(entry, (one) => one.mmd),
        distance: over(entry, ({ slicedWasserstein }) => slicedWasserstein),
        evaluations: counted(entry),
      })),
  }
}

function counted(entry: Entry): string {
  const field = over(entry, ({ evaluations }) => evaluations).mean
  const inverse = over(entry, ({ inverseEvaluations }) => inverseEvaluations).mean
  return inverse > 0 ? `${field.toFixed(0)} + ${inverse.toFixed(0)}` : field.toFixed(0)
}

/** Those whose distance is below that of `none` by more than what seeds differ by. */
function toldBetter(entries: readonly Entry[]): { better: Entry[]; worse: Entry[] } {
  const none = entries.find(({ kind }) => kind === 'none')
  if (!none) return { better: [], worse: [] }
  const base = over(none, ({ slicedWasserstein }) => slicedWasserstein)
  const told = entries.filter((entry) => {
    if (entry === none || entry.measures.length === 0) return false
    const own = over(entry, ({ slicedWasserstein }) => slicedWasserstein)
    return Math.abs(own.mean - base.mean) > Math.max(own.deviation, base.deviation)
  })
  const isBetter = (entry: Entry) =>
    over(entry, ({ slicedWasserstein }) => slicedWasserstein).mean < base.mean
  return { better: told.filter(isBetter), worse: told.filter((entry) => !isBetter(entry)) }
}

function sentenceFor(data: string, entries: readonly Entry[]): string {
  const value = (entry: Entry) =>
    formatNumber(over(entry, ({ slicedWasserstein }) => slicedWasserstein).mean, 3)
  const list = (some: readonly Entry[]) => some.map((entry) => `${entry.kind} ${value(entry)}`).join(', ')
  const { better, worse } = toldBetter(entries)
  const none = entries.find(({ kind }) => kind === 'none')
  const said = [
    better.length > 0 ? `nearer than none: ${list(better)}` : 'none of them nearer than none',
    ...(worse.length > 0 ? [`farther: ${list(worse)}`] : []),
  ]
  return `${data}: without preconditioning ${none ? value(none) : 'unknown'}; ${said.join('; ')}.`
}

function skippedText(entries: readonly Entry[]): string {
  const skipped = entries.flatMap((entry) =>
    entry.skipped === undefined ? [] : [`${entry.kind} on ${entry.data}: ${entry.skipped}`],
  )
  return skipped.length === 0 ? '' : `Left out: ${skipped.join('; ')}.`
}

export function presentPreconditioners(runs: readonly Run[]): Presentation {
  const entries = entriesOf(runs)
  const seeds = Math.max(...entries.map(({ measures }) => measures.length))
  const { steps, batch, samples, measured, tolerance } = runs[0].settings
  const sentences = [...groupBy(entries, ({ data }) => data)].map(([data, some]) => sentenceFor(data, some))
  const left = skippedText(entries)
  return {
    table: tableOf(entries),
    caption: `${samples} training samples, ${steps} steps of batch ${batch}, the same network for all; ${measured} held-out samples; Dormand-Prince at tolerance ${tolerance}; mean ± standard deviation over ${seeds} seeds. Fit: wall time of the fit, training included. Round trip: largest |P⁻¹(P(x)) − x| / |x| on held-out data. κ: of the covariance of P(held-out data), the largest along the path. Bold: best of its dataset, as far as seeds tell.`,
    summary: `Sliced W2 of generated to held-out data${seeds > 1 ? ', as far as it differs by more than seeds do' : '; one seed, so that a few percent may be chance'}.\n\n${sentences.join('\n\n')}${left && `\n\n${left}`}`,
    sections: [],
  }
}
