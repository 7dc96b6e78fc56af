// A diagnosis for a terminal of 80 columns: facts, a chart of log kappa along the path, a table, and the recommendation.
import {
  preconditionerCaption,
  preconditionerTable,
  short as shortDelta,
  skippedLines,
  stageTotals,
} from '../report/diagnosis/table.ts'
import type { Diagnosis } from '../metrics/diagnosis/result.ts'
import { formatInteger, formatNumber } from '../format-number.ts'
import { textTable } from '../report/table.ts'
import { facts } from './output.ts'
import { textChart } from './text-chart.ts'

const WIDTH = 80

/** Stages that took at least this share of the time are named, where it is worth a word. */
const LONG = 0.05
const WORTH_A_WORD = 1

/** Text in lines of at most `WIDTH` characters, those after the first set in by `indent`. */
function wrapped(text: string, first = '', indent = first.replace(/./g, ' ')): string {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of text.split(' ')) {
    const longer = empty ? line + word : `${line} ${word}`
    if (!empty && longer.length > WIDTH) {
      lines.push(line)
      line = indent + word
    } else line = longer
    empty = false
  }
  return [...lines, line].join('\n')
}

const short = (value: number): string => formatNumber(value, 3)

function kappaLines({ maxKappa, delta, support, wide, dimension }: Diagnosis): Record<string, string> {
  return {
    kappa: `${short(maxKappa)} at t = 1, with delta = ${shortDelta(delta)}`,
    ...(support.dimension < dimension && {
      ' ': `${short(support.kappa)} on the ${formatInteger(support.dimension)} directions that vary`,
    }),
    ...(wide.dimension < support.dimension && {
      '  ': `${short(wide.kappa)} on the ${formatInteger(wide.dimension)} with over 1e-6 of the largest variance`,
    }),
  }
}

function trustOf({ sampling }: Diagnosis): string {
  if (sampling.smallest === 0) return 'fewer samples than directions: no small eigenvalue is known'
  return `perfectly round data of this size measures kappa = ${short(sampling.kappa)}`
}

function classesOf({ classes = [] }: Diagnosis): string | undefined {
  if (classes.length === 0) return undefined
  const [worst] = [...classes].sort((a, b) => b.kappa - a.kappa)
  return `kappa of each from ${short(Math.min(...classes.map(({ kappa }) => kappa)))} to ${short(worst.kappa)} (class ${worst.label})`
}

/** What took long, the longest first. */
function timeOf(diagnosis: Diagnosis): string {
  const { seconds } = diagnosis
  if (seconds < WORTH_A_WORD) return `${seconds.toFixed(1)} s`
  const long = stageTotals(diagnosis)
    .filter((stage) => stage.seconds >= LONG * seconds)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 2)
  const said = long.map(({ name, seconds: spent }) => `${name} ${spent.toFixed(1)} s`).join(', ')
  return `${seconds.toFixed(1)} s: ${said}`
}

function factsText(diagnosis: Diagnosis): string {
  const { spectrum, dimension, effectiveRank, eigenSolver, streamed } = diagnosis
  return facts({
    variances: `${short(spectrum[0])} down to ${short(spectrum[dimension - 1])} (eigenvalues of the covariance)`,
    'effective rank': `${short(effectiveRank)} of ${formatInteger(dimension)}`,
    ...kappaLines(diagnosis),
    sampling: trustOf(diagnosis),
    classes: classesOf(diagnosis),
    took: timeOf(diagnosis),
    by: `${eigenSolver}; samples ${streamed ? 'streamed from the file' : 'held in memory'}`,
  })
}

export function diagnosisText(source: string, diagnosis: Diagnosis): string {
  const { samples, dimension, path, preconditioners, delta, recommendation, caveats, classes } = diagnosis
  const chart = textChart([
    { name: 'data', values: path.map(({ kappa }) => Math.log10(kappa)) },
    ...preconditioners.map(({ kind }) => ({
      name: kind,
      values: path.map(({ preconditioned }) => Math.log10(preconditioned[kind].kappa)),
    })),
  ])
  const title = `${source}: ${formatInteger(samples)} samples in ${formatInteger(dimension)} dimensions`
  return [
    `${title}${classes ? `, ${formatInteger(classes.length)} classes` : ''}\n`,
    factsText(diagnosis),
    `\nlog10 kappa(S_t) from noise (t = 0) to data (t = 1), S_t + ${shortDelta(delta)} I`,
    chart,
    '',
    textTable(preconditionerTable(diagnosis)),
    `\n${wrapped(preconditionerCaption(diagnosis))}`,
    ...skippedLines(diagnosis).map((line) => wrapped(line, 'not measured: ', '  ')),
    '',
    wrapped(recommendation),
    ...caveats.map((caveat) => wrapped(caveat, '- ')),
  ].join('\n')
}
