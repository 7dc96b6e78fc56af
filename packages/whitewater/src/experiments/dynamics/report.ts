// What the dynamics experiment says: a row a preconditioner, and the findings in words made from the numbers.
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Table } from '../../report/table.ts'
import type { DynamicsResult, DynamicsSettings, Trained } from './settings.ts'
import {
  errorHeatBlock,
  hiddenBlock,
  kappaBlock,
  lossHeatBlock,
  over,
  pictureBlocks,
  quarter,
  quarterOf,
  wideLoss,
  type Group,
  type Run,
  type Yardstick,
} from './figures.ts'
import type { Measured, Presentation } from '../runner/experiment.ts'
import { groupBy } from '../shared/observe.ts'

const yardstickOf = ({ source: { source } }: DynamicsSettings): Yardstick =>
  source === 'gaussian'
    ? { exact: true, errorOf: (look) => look.beyondLinear }
    : { exact: false, errorOf: (look) => look.affine }

/** A preconditioner's row: means over seeds with their deviations. */
function findingsOf(group: Group, { errorOf }: Yardstick) {
  const errorAt = ({ result }: Run, end: 'widest' | 'narrowest') =>
    quarter(errorOf(result.looks[result.looks.length - 1]), end)
  return {
    kind: group.kind,
    kappa: over(group, ({ result }) =>
      Math.max(...result.kappa.flatMap(({ points }) => points.map(({ kappa }) => kappa))),
    ),
    loss: over(group, ({ result }) => result.looks[result.looks.length - 1].loss / result.linear.loss),
    wideLoss: over(group, (run) => wideLoss(run.result.looks[run.result.looks.length - 1], run)),
    widest: over(group, (run) => errorAt(run, 'widest')),
    narrowest: over(group, (run) => errorAt(run, 'narrowest')),
    low: over(group, ({ result }) => result.lowEigenvalueError),
    slicedWasserstein: over(group, ({ result }) => result.slicedWasserstein),
  }
}

type Findings = ReturnType<typeof findingsOf>
type Measure = Exclude<keyof Findings, 'kind'>

const tableOf = (rows: readonly Findings[], { exact }: Yardstick): Table => ({
  columns: [
    { key: 'kind', label: 'precondition' },
    { key: 'kappa', label: 'max κ', better: 'lower' },
    { key: 'loss', label: 'loss', unit: 'of best linear' },
    ...(exact ? [] : [{ key: 'wideLoss', label: 'widest', unit: 'of best linear' }]),
    { key: 'widest', label: exact ? 'error, widest' : 'affine error, widest', better: 'lower' },
    { key: 'narrowest', label: exact ? 'error, narrowest' : 'affine error, narrowest', better: 'lower' },
    { key: 'low', label: 'low-eigenvalue error', better: 'lower' },
    { key: 'slicedWasserstein', label: 'sliced W2', better: 'lower' },
  ],
  rows: rows.map((row) => ({ ...row })),
})

const said = (rows: readonly Findings[], measure: Measure, digits: number): string =>
  rows.map((row) => `${formatNumber(row[measure].mean, digits)} with ${row.kind}`).join(', ')

/** What a preconditioner makes of the errors of none; a tenth either way counts as nothing. */
function verdict(row: Findings, none: Findings): string {
  const [narrow, wide] = (['narrowest', 'widest'] as const).map((end) => row[end].mean / none[end].mean)
  if (!(narrow > 0 && wide > 0)) return `With ${row.kind} an error is too small to be measured.`
  const cost =
    narrow < 0.9 && wide > 1.1
      ? ': the wide directions pay for what the narrow ones gain'
      : narrow > 0.9
        ? ': no help where it was meant to help'
        : ''
  return `Under ${row.kind} the error is ${formatNumber(narrow, 2)} times that of none along the narrowest quarter and ${formatNumber(wide, 2)} times along the widest${cost}.`
}

const lowest = (rows: readonly Findings[], measure: Measure): Findings =>
  rows.reduce((best, row) => (row[measure].mean < best[measure].mean ? row : best))

/** Where the data is not Gaussian: what second moments do not say, and whether the evenest path also comes out best. */
function beyondMoments(rows: readonly Findings[], pictures: boolean): string {
  const even = lowest(rows, 'kappa').kind
  const loss = lowest(rows, 'wideLoss').kind
  const distance = lowest(rows, 'slicedWasserstein').kind
  const differ = [
    ...(loss === even ? [] : [`${loss} leaves the least of the linear field's loss`]),
    ...(distance === even ? [] : [`the smallest sliced W2 is that of ${distance}`]),
  ]
  return [
    "The affine part is what second moments show of an error; of structure beyond them it says nothing. Of that, a loss below the best linear field's tells, each in its own flow:",
    `along the widest quarter of directions it is ${said(rows, 'wideLoss', 3)}.`,
    differ.length === 0
      ? `The evenest path, that of ${even}, is also best there and in sliced W2.`
      : `An even path is not all there is: ${even} has the lowest κ, but ${differ.join(', and ')}.`,
    ...(pictures ? ['Look at the samples: no measure here sees whether strokes can be read.'] : []),
  ].join(' ')
}

function summaryOf(rows: readonly Findings[], { exact }: Yardstick, { steps, pictures }: Trained): string {
  const [none, ...others] = rows
  const error = exact ? 'the squared error of the velocity' : 'the affine part of the squared error'
  return [
    `κ of the path reaches ${said(rows, 'kappa', 3)}.`,
    `After ${formatInteger(steps)} steps the scalar loss over that of the best linear field is ${said(rows, 'loss', 4)}. Behind it stands ${error}, in variances of the data: along the narrowest quarter of directions ${said(rows, 'narrowest', 2)}; along the widest quarter ${said(rows, 'widest', 2)}.`,
    others.map((row) => verdict(row, none)).join(' '),
    ...(exact ? [] : [beyondMoments(rows, pictures !== undefined)]),
  ].join('\n\n')
}

function captionOf([{ runs }]: readonly Group[], { exact }: Yardstick, skipped: readonly string[]): string {
  const { result, settings } = runs[0]
  const { steps, parameters, pairs, generated, kept, dimension, bands, samples } = result
  const sentences = [
    `${formatInteger(samples)} samples of ${formatInteger(dimension)} features; after ${formatInteger(steps)} steps of batch ${settings.batch}, ${formatInteger(parameters)} parameters, averaged weights; ${runs.length === 1 ? 'one seed of training' : `mean ± standard deviation over ${runs.length} seeds of training`}.`,
    `Loss and errors on ${formatInteger(pairs)} pairs of noise and training data${exact ? '' : '; loss, widest: mean over path time and the widest bands of the ratio'}. Errors: mean over path time and the widest or narrowest ${quarterOf(bands.length)} of ${bands.length} bands of directions of the ${exact ? '' : 'affine part of the '}squared error of the velocity, carried to t = 1 by the Gaussian flow, in variances of the data along the direction.`,
    `Low-eigenvalue error: mean |variance / true − 1| along the narrowest quarter of directions, and sliced W2 (128 directions, units of the data), of ${formatInteger(generated)} samples, Dormand-Prince at tolerance ${settings.tolerance}.`,
    ...(kept < dimension
      ? [
          `${formatInteger(dimension - kept)} directions have less than 10⁻⁶ of the largest variance: they are left out of errors, and with δ = 10⁻⁶ they set κ near t = 1.`,
        ]
      : []),
    ...skipped.map((why) => `Left out: ${why}.`),
  ]
  return sentences.join(' ')
}

/** Runs that were trained, and why others were not. */
function sorted(runs: readonly Measured<DynamicsSettings, DynamicsResult>[]) {
  const done: Run[] = []
  const skipped = new Set<string>()
  for (const run of runs) {
    const { result } = run
    if ('skipped' in result) skipped.add(result.skipped)
    else done.push({ ...run, result })
  }
  return { done, skipped: [...skipped] }
}

export async function presentDynamics(
  runs: readonly Measured<DynamicsSettings, DynamicsResult>[],
): Promise<Presentation> {
  const { done, skipped } = sorted(runs)
  const byKind = groupBy(done, ({ settings }) => settings.kind)
  const groups: Group[] = [...byKind].map(([kind, own]) => ({ kind, runs: own }))
  const yardstick = yardstickOf(done[0].settings)
  const rows = groups.map((group) => findingsOf(group, yardstick))
  const pictures = await pictureBlocks(groups)
  return {
    table: tableOf(rows, yardstick),
    caption: captionOf(groups, yardstick, skipped),
    summary: summaryOf(rows, yardstick, done[0].result),
    sections: [
      { heading: 'Conditioning during training', blocks: [kappaBlock(groups)] },
      { heading: 'What the loss hides', blocks: [hiddenBlock(groups, yardstick)] },
      { heading: 'Where the errors are', blocks: [errorHeatBlock(groups, yardstick), lossHeatBlock(groups)] },
      ...(pictures.length > 0 ? [{ heading: 'Samples', blocks: pictures }] : []),
    ],
  }
}
