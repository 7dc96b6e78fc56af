// What the study of the residuals shows: one table, a figure a problem and preconditioner, and in words where they help and where not.
import type { Block } from '../../report/document.ts'
import { linesFigure } from '../../report/lines-figure.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Table } from '../../report/table.ts'
import type { Measured, Presentation } from '../runner/experiment.ts'
import { groupBy, spreadOf, type Spread } from '../shared/observe.ts'
import { verdictOn, type Verdict } from '../shared/verdict.ts'
import type { ResidualMeasures, ResidualResult, ResidualSettings, Scores } from './settings.ts'

type Run = Measured<ResidualSettings, ResidualResult>

/** One preconditioner with one residual on one problem, over seeds. */
interface Entry {
  readonly problem: string
  readonly precondition: string
  readonly residual: string
  readonly measures: readonly ResidualMeasures[]
  readonly skipped?: string
}

const isMeasured = (result: ResidualResult): result is ResidualMeasures => !('skipped' in result)

function entriesOf(runs: readonly Run[]): Entry[] {
  const key = ({ settings }: Run) => `${settings.problem} ${settings.precondition} ${settings.residual}`
  return [...groupBy(runs, key).values()].map((group) => {
    const [{ settings, result }] = group
    const { problem, precondition, residual } = settings
    const measures = group.map((run) => run.result).filter(isMeasured)
    return {
      problem,
      precondition,
      residual,
      measures,
      ...(!isMeasured(result) && { skipped: result.skipped }),
    }
  })
}

/** The measure that decides: of points, the distance in which every direction counts the same; of images, Frechet in pixel space. */
const mainOf = (one: Scores): number => one.whitened ?? one.frechet

const mainName = ({ measures }: Entry): string =>
  measures[0].floor.whitened === undefined ? 'Fréchet' : 'whitened SW2'

const over = ({ measures }: Entry, value: (one: ResidualMeasures) => number): Spread =>
  spreadOf(measures.map(value))

const stepsOf = ({ measures }: Entry): number[] => measures[0].looks.map(({ step }) => step)

const atStep = (entry: Entry, step: number): Spread =>
  over(entry, ({ looks }) => mainOf(looks.find((look) => look.step === step) ?? looks[looks.length - 1]))

const lastOf = ({ looks }: ResidualMeasures) => looks[looks.length - 1]

function tableOf(entries: readonly Entry[]): Table {
  const steps = [...new Set(entries.flatMap(stepsOf))].sort((a, b) => a - b)
  const name = [...new Set(entries.map(mainName))].join(' or ')
  return {
    group: 'problem',
    columns: [
      { key: 'problem', label: 'data' },
      { key: 'precondition', label: 'precondition' },
      { key: 'residual', label: 'residual' },
      ...steps.map((step) => ({
        key: `at${step}`,
        label: `${name}, ${formatInteger(step)} steps`,
        better: 'lower' as const,
      })),
      { key: 'distance', label: 'SW2', better: 'lower' },
      { key: 'mmd', label: 'MMD²', better: 'lower' },
      { key: 'low', label: 'low-eigenvalue error', better: 'lower' },
      { key: 'evaluations', label: 'evaluations' },
    ],
    rows: entries.map((entry) => ({
      problem: entry.problem,
      precondition: entry.precondition,
      residual: entry.residual,
      ...Object.fromEntries(stepsOf(entry).map((step) => [`at${step}`, atStep(entry, step)])),
      distance: over(entry, (one) => lastOf(one).slicedWasserstein),
      mmd: over(entry, (one) => one.mmd),
      low: over(entry, ({ lowEigenvalueError }) => lowEigenvalueError),
      evaluations: over(entry, (one) => lastOf(one).evaluations).mean,
    })),
  }
}

function figureOf(entries: readonly Entry[]): Block {
  const [{ problem, precondition }] = entries
  const name = mainName(entries[0])
  const floor = over(entries[0], (one) => mainOf(one.floor)).mean
  const steps = stepsOf(entries[0]).filter((step) => step > 0)
  return {
    kind: 'figure',
    name: `residual-${problem}-${precondition}`,
    svg: linesFigure({
      label: `${name} over training steps on ${problem} behind ${precondition}`,
      series: [
        ...entries.map((entry) => ({
          name: entry.residual,
          points: steps.map((step) => {
            const { mean, deviation } = atStep(entry, step)
            return { x: step, y: mean, low: mean - deviation, high: mean + deviation }
          }),
        })),
        {
          name: 'two sets of data',
          style: 'predicted' as const,
          points: [steps[0], steps[steps.length - 1]].map((x) => ({ x, y: floor })),
        },
      ],
      xLabel: 'Training step',
      yLabel: name,
      xLog: true,
      yLog: true,
    }),
    caption: `${problem} behind ${precondition}: ${name} of generated to held-out data; mean and one standard deviation over ${entries[0].measures.length} seeds. Dashed: between two held-out sets.`,
  }
}

/** Verdicts on a distance, in words. */
const words: Readonly<Record<Verdict, string>> = {
  lower: 'nearer',
  higher: 'farther',
  same: 'not told apart',
}

/** When an entry first is as near as the base is at the end; undefined if never. */
const reached = (entry: Entry, goal: number): number | undefined =>
  stepsOf(entry).find((step) => step > 0 && atStep(entry, step).mean <= goal)

function sentenceFor(base: Entry, entries: readonly Entry[]): string {
  const steps = stepsOf(base)
  const first = steps.find((step) => step > 0) ?? 0
  const last = steps[steps.length - 1]
  const end = atStep(base, last)
  const value = ({ mean }: Spread) => formatNumber(mean, 3)
  const said = entries.map((entry) => {
    const early = words[verdictOn(atStep(entry, first), atStep(base, first))]
    const late = words[verdictOn(atStep(entry, last), end)]
    const step = reached(entry, end.mean)
    const when = step !== undefined && step < last ? `; there after ${formatInteger(step)} steps` : ''
    return `${entry.residual} ${value(atStep(entry, first))} (${early}) and ${value(atStep(entry, last))} (${late}${when})`
  })
  return `${base.problem} behind ${base.precondition}: without ${value(atStep(base, first))} after ${formatInteger(first)} steps and ${value(end)} after ${formatInteger(last)}; with ${said.join(', ')}.`
}

/** A measure at the last budget, and what it is called. */
interface Measure {
  readonly name: string
  readonly value: (one: Scores) => number
}

const measuresOf = (groups: readonly (readonly Entry[])[]): Measure[] => [
  { name: [...new Set(groups.map(([entry]) => mainName(entry)))].join(' or '), value: mainOf },
  { name: 'SW2', value: ({ slicedWasserstein }) => slicedWasserstein },
]

/** How often each residual was told from none at the end, over problems and preconditioners. */
function countsText(groups: readonly (readonly Entry[])[], { name, value }: Measure): string {
  const atEnd = (entry: Entry): Spread => over(entry, (one) => value(lastOf(one)))
  const verdicts = groups.flatMap((entries) => {
    const base = entries.find(({ residual }) => residual === 'none')
    if (!base) return []
    return entries
      .filter((entry) => entry !== base)
      .map((entry) => ({ residual: entry.residual, verdict: verdictOn(atEnd(entry), atEnd(base)) }))
  })
  const lines = [...groupBy(verdicts, ({ residual }) => residual)].map(([residual, own]) => {
    const count = (wanted: Verdict) => own.filter(({ verdict }) => verdict === wanted).length
    return `${residual}: nearer in ${count('lower')} of ${own.length}, farther in ${count('higher')}, not told apart in ${count('same')}`
  })
  return `By ${name} at the last budget, against the same preconditioner without a residual: ${lines.join('; ')}.`
}

/** What bears on how far the numbers go. */
function caveatText(entries: readonly Entry[]): string {
  const seeds = Math.min(...entries.map(({ measures }) => measures.length))
  const own = entries.some(({ problem }) => problem === 'gaussian' || problem === 'mixture')
  const said = [
    ...(seeds === 1 ? ['One seed: nothing here is told from chance.'] : []),
    ...(own
      ? [
          'Gaussian data is what a Gaussian residual knows already, and a mixture by class what a mixture residual does: there the network has nothing left to learn.',
        ]
      : []),
  ]
  return said.length === 0 ? '' : `${said.join(' ')}\n\n`
}

const skippedText = (entries: readonly Entry[]): string => {
  const skipped = entries.flatMap(({ residual, skipped: why }) =>
    why === undefined ? [] : [`${residual} (${why})`],
  )
  return skipped.length === 0 ? '' : `\n\nLeft out: ${[...new Set(skipped)].join('; ')}.`
}

export function presentResidual(runs: readonly Run[]): Presentation {
  const all = entriesOf(runs)
  const entries = all.filter(({ measures }) => measures.length > 0)
  const groups = [...groupBy(entries, ({ problem, precondition }) => `${problem} ${precondition}`).values()]
  const sentences = groups.flatMap((group) => {
    const base = group.find(({ residual }) => residual === 'none')
    return base
      ? [
          sentenceFor(
            base,
            group.filter((entry) => entry !== base),
          ),
        ]
      : []
  })
  const counts = measuresOf(groups)
    .map((measure) => countsText(groups, measure))
    .join('\n\n')
  const { samples, batch, measured, tolerance } = runs[0].settings
  const floors = [...groupBy(entries, ({ problem }) => problem)].map(
    ([problem, [entry]]) => `${problem} ${formatNumber(over(entry, (one) => mainOf(one.floor)).mean, 3)}`,
  )
  return {
    table: tableOf(entries),
    caption: `At most ${samples} training samples, batch ${batch}, the same network and steps for all rows of a dataset; generated against at most ${measured} held-out samples; Dormand-Prince at tolerance ${tolerance}, averaged weights; mean ± standard deviation over seeds (${entries[0].measures.length}). Whitened SW2: sliced W2 after whitening by the held-out covariance. Between two held-out sets: ${floors.join(', ')}. Bold: best of its dataset, as far as seeds tell.`,
    summary: `${caveatText(entries)}${counts}\n\n${sentences.join('\n\n')}${skippedText(all)}`,
    sections: [{ heading: 'Over training', blocks: groups.map(figureOf) }],
  }
}
