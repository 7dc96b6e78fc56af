// What the audit shows: a line a solver setting, round trip against evaluations, and which settings are fine enough.
import type { Block } from '../../report/document.ts'
import { linesFigure } from '../../report/lines-figure.ts'
import { formatNumber } from '../../format-number.ts'
import type { Table } from '../../report/table.ts'
import type { Measured, Presentation } from '../runner/experiment.ts'
import { groupBy, spreadOf, type Spread } from '../shared/observe.ts'
import type { AuditEntry, AuditResult, AuditSettings } from './settings.ts'

type Run = Measured<AuditSettings, AuditResult>
type Measure = 'roundTrip' | 'evaluations' | 'forwards' | 'backwards'

/** One solver setting of one network, over seeds. */
interface Setting {
  readonly network: string
  readonly method: string
  readonly fineness: number
  readonly entries: readonly AuditEntry[]
}

function settingsOf(runs: readonly Run[]): Setting[] {
  const all = runs.flatMap(({ settings: { network }, result }) =>
    result.entries.map((entry) => ({ network, entry })),
  )
  const key = ({ network, entry }: (typeof all)[number]) => `${network} ${entry.method} ${entry.fineness}`
  return [...groupBy(all, key).values()].map((group) => {
    const [{ network, entry }] = group
    return { network, method: entry.method, fineness: entry.fineness, entries: group.map((one) => one.entry) }
  })
}

const over = ({ entries }: Setting, measure: Measure): Spread => spreadOf(entries.map((one) => one[measure]))

const settingText = (fineness: number): string =>
  fineness >= 1 ? `${fineness} steps` : `tolerance ${fineness.toExponential(0)}`

function tableOf(settings: readonly Setting[]): Table {
  return {
    group: 'network',
    columns: [
      { key: 'network', label: 'network of P' },
      { key: 'method', label: 'solver' },
      { key: 'fineness', label: 'setting' },
      { key: 'evaluations', label: 'evaluations of P⁻¹' },
      { key: 'roundTrip', label: 'round trip' },
      { key: 'forwards', label: 'sliced W2, noise to data' },
      { key: 'backwards', label: 'sliced W2, data to noise' },
    ],
    rows: settings.map((setting) => ({
      network: setting.network,
      method: setting.method,
      fineness: settingText(setting.fineness),
      evaluations: over(setting, 'evaluations').mean,
      roundTrip: over(setting, 'roundTrip'),
      forwards: over(setting, 'forwards'),
      backwards: over(setting, 'backwards'),
    })),
  }
}

function roundTripBlock(network: string, settings: readonly Setting[]): Block {
  const methods = [...groupBy(settings, ({ method }) => method)]
  return {
    kind: 'figure',
    name: `round-trip-${network}`,
    svg: linesFigure({
      label: `Round-trip error of a flow preconditioner over evaluations, ${network}`,
      series: methods.map(([name, some]) => ({
        name,
        points: some.map((setting) => ({
          x: over(setting, 'evaluations').mean,
          y: over(setting, 'roundTrip').mean,
        })),
      })),
      xLabel: 'Evaluations of P⁻¹ a sample',
      yLabel: 'Round-trip error |P⁻¹(P(x)) − x| / |x|',
      xLog: true,
      yLog: true,
    }),
    caption: `The field of P is '${network}'. Each line is one method, coarse to fine; it ends at what float32 can tell apart.`,
  }
}

/** Round trips that a generator's own error hides. */
const FINE = 1e-4

/** The cheapest setting of all whose mean round trip is fine; of equals the finest. */
const cheapest = (settings: readonly Setting[]): Setting | undefined =>
  settings
    .filter((setting) => over(setting, 'roundTrip').mean <= FINE)
    .toSorted(
      (a, b) =>
        over(a, 'evaluations').mean - over(b, 'evaluations').mean ||
        over(a, 'roundTrip').mean - over(b, 'roundTrip').mean,
    )
    .at(0)

/**
 * The largest round trip of which the samples show nothing: both distances of that setting, and of all finer ones, stay within a
 * hundredth of those of the finest round trip. The samples are the same in all settings, so that seeds do not blur the comparison.
 */
function harmless(settings: readonly Setting[]): number {
  const sorted = settings.toSorted((a, b) => over(a, 'roundTrip').mean - over(b, 'roundTrip').mean)
  const [finest] = sorted
  const shows = (setting: Setting): boolean =>
    (['forwards', 'backwards'] as const).some((way) =>
      setting.entries.some((entry, at) => Math.abs(entry[way] / finest.entries[at][way] - 1) > 0.01),
    )
  const first = sorted.findIndex(shows)
  return over(sorted[(first < 0 ? sorted.length : first) - 1] ?? finest, 'roundTrip').mean
}

function sentenceFor(network: string, settings: readonly Setting[]): string {
  const best = cheapest(settings)
  const found = best
    ? `the fewest evaluations for a round trip of at most ${FINE} are ${over(best, 'evaluations').mean.toFixed(0)}, by ${best.method} (${settingText(best.fineness)}, round trip ${formatNumber(over(best, 'roundTrip').mean, 2)})`
    : `no setting has a round trip of at most ${FINE}`
  return `${network}: ${found}. Samples begin to show the solver, by a change of more than 1 % in either distance, at round trips above ${formatNumber(harmless(settings), 2)}.`
}

export function presentSolverAudit(runs: readonly Run[]): Presentation {
  const settings = settingsOf(runs)
  const networks = [...groupBy(settings, ({ network }) => network)]
  const { steps, batch, width, depth, samples, measured, tolerance } = runs[0].settings
  const seeds = new Set(runs.map(({ seed }) => seed)).size
  const sizes = [...groupBy(runs, (run) => run.settings.network)].map(
    ([network, [{ result }]]) => `${network} ${result.parameters}`,
  )
  const floor = (way: 'forwards' | 'backwards') =>
    formatNumber(spreadOf(runs.map(({ result }) => result.floor[way])).mean, 3)
  return {
    table: tableOf(settings),
    caption: `Swiss roll. One P (parameters: ${sizes.join(', ')}) and one main field (mlp ${width} x ${depth}, ${steps} steps of batch ${batch}, ${samples} training samples, on P(data) by Dormand-Prince at tolerance ${tolerance}) a seed; then P and P⁻¹ by each solver, the main field by Dormand-Prince at ${tolerance}. Steps of a fixed-step method, local tolerance of an adaptive one. Round trip: |P⁻¹(P(x)) − x| / |x|, held-out. ${measured} samples a side; two independent sets are ${floor('forwards')} (data) and ${floor('backwards')} (noise) apart. Mean ± standard deviation over ${seeds} seeds.`,
    summary: networks.map(([network, some]) => sentenceFor(network, some)).join('\n\n'),
    sections: [
      {
        heading: 'What an evaluation buys',
        blocks: networks.map(([network, some]) => roundTripBlock(network, some)),
      },
    ],
  }
}
