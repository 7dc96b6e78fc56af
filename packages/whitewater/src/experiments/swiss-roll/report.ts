// What the Swiss roll experiment shows: Table 3's distances in both directions, and where points come to lie.
import type { Block } from '../../report/document.ts'
import { linesFigure } from '../../report/lines-figure.ts'
import { formatNumber } from '../../format-number.ts'
import { scatterFigure } from '../../report/scatter-figure.ts'
import type { Table } from '../../report/table.ts'
import type { Measured, Presentation } from '../runner/experiment.ts'
import { groupBy, spreadOf, type Spread } from '../shared/observe.ts'
import { told } from '../shared/verdict.ts'
import type { RollResult, RollSettings } from './settings.ts'

type Run = Measured<RollSettings, RollResult>
type Direction = 'forwards' | 'backwards'
type Group = readonly Run[]

const directions: readonly Direction[] = ['forwards', 'backwards']

const ways: Readonly<Record<Direction, string>> = {
  forwards: 'noise to data',
  backwards: 'data to noise',
}

const final = (runs: Group, direction: Direction): Spread =>
  spreadOf(runs.map(({ result }) => result.looks[result.looks.length - 1][direction]))

const floorOf = (groups: readonly Group[], direction: Direction): Spread =>
  spreadOf(groups[0].map(({ result }) => result.floor[direction]))

const rowOf = ([{ settings }]: Group): string => settings.row

/** Preconditioners at one number of steps, `none` first. */
type Budget = readonly Group[]

const stepsOf = ([[{ settings }]]: Budget): number => settings.steps

function rowsOf(groups: Budget): Table['rows'] {
  const rows = groups.map((runs) => ({
    steps: stepsOf(groups),
    kind: rowOf(runs),
    kappa: spreadOf(runs.map(({ result }) => result.kappa)),
    evenness: spreadOf(runs.map(({ result }) => result.evenness)),
    forwards: final(runs, 'forwards'),
    backwards: final(runs, 'backwards'),
    mmd: spreadOf(runs.map(({ result }) => result.mmd)),
    evaluations: [0, 1]
      .map((which) => spreadOf(runs.map(({ result }) => result.evaluations[which])).mean.toFixed(0))
      .join(' + '),
  }))
  const floor = {
    steps: stepsOf(groups),
    kind: '(two sets of data, of noise)',
    forwards: floorOf(groups, 'forwards'),
    backwards: floorOf(groups, 'backwards'),
  }
  return [...rows, floor]
}

function tableOf(budgets: readonly Budget[]): Table {
  return {
    group: 'steps',
    columns: [
      ...(budgets.length > 1 ? [{ key: 'steps', label: 'steps' }] : []),
      { key: 'kind', label: 'precondition' },
      { key: 'kappa', label: 'κ of P(data)' },
      { key: 'evenness', label: 'SW2 of P(data) to noise' },
      { key: 'forwards', label: 'SW2, noise to data', better: 'lower' },
      { key: 'backwards', label: 'SW2, data to noise', better: 'lower' },
      { key: 'mmd', label: 'MMD²' },
      { key: 'evaluations', label: 'evaluations + of P⁻¹' },
    ],
    rows: budgets.flatMap(rowsOf),
  }
}

function distanceBlock(groups: readonly Group[], direction: Direction): Block {
  const steps = groups[0][0].result.looks.map(({ step }) => step)
  const floor = floorOf(groups, direction).mean
  return {
    kind: 'figure',
    name: `distance-${direction}`,
    svg: linesFigure({
      label: `Sliced Wasserstein distance over training steps, ${ways[direction]}`,
      series: [
        ...groups.map((runs) => ({
          name: rowOf(runs),
          points: steps.map((step, at) => {
            const { mean, deviation } = spreadOf(runs.map(({ result }) => result.looks[at][direction]))
            return { x: step, y: mean, low: mean - deviation, high: mean + deviation }
          }),
        })),
        {
          name: direction === 'forwards' ? 'two sets of data' : 'two sets of noise',
          style: 'predicted' as const,
          points: [steps[0], steps[steps.length - 1]].map((x) => ({ x, y: floor })),
        },
      ],
      xLabel: 'Training step',
      yLabel: `Sliced W2, ${ways[direction]}`,
      xLog: true,
      yLog: true,
    }),
    caption: `Sliced W2 (128 directions) ${direction === 'forwards' ? 'of generated to held-out data' : 'of held-out data, led through P and the flow backwards, to noise'}: mean and one standard deviation over ${groups[0].length} seeds. Dashed: between two independent sets of the same size.`,
  }
}

function pictureBlock(runs: Group): Block[] {
  const { pictures } = runs[0].result
  if (!pictures) return []
  return [
    {
      kind: 'figure',
      name: `ways-${runs[0].settings.kind}`,
      svg: scatterFigure({
        panels: [
          { title: 'data, held out', points: pictures.data },
          { title: 'P(data)', points: pictures.preconditioned },
          { title: 'data led to noise', points: pictures.encoded },
          { title: 'generated', points: pictures.samples },
        ],
        axisLabels: ['x₁', 'x₂'],
      }),
      caption: `${rowOf(runs)}: held-out data, what the preconditioner makes of it, where the flow leads it backwards (a round cloud where the flow is right), and samples. First seed.`,
    },
  ]
}

/** Samples of every row side by side, beside the data. */
function generatedBlock(groups: Budget): Block[] {
  const shown = groups.flatMap((runs) => {
    const { pictures } = runs[0].result
    return pictures ? [{ row: rowOf(runs), pictures }] : []
  })
  if (shown.length === 0) return []
  const panels = shown.map(({ row, pictures }) => ({ title: row, points: pictures.samples }))
  return [
    {
      kind: 'figure',
      name: 'generated',
      svg: scatterFigure({
        panels: [{ title: 'data, held out', points: shown[0].pictures.data }, ...panels],
        axisLabels: ['x₁', 'x₂'],
      }),
      caption: `Samples after ${stepsOf(groups)} steps under each preconditioner. First seed.`,
    },
  ]
}

/** One row against `none`, in both directions. */
function againstNone(groups: readonly Group[], runs: Group): string {
  const said = directions.map((direction) => {
    const own = final(runs, direction)
    const none = final(groups[0], direction)
    if (!told(own, none)) return `${ways[direction]} no difference beyond that between seeds`
    return `${ways[direction]} ${own.mean < none.mean ? 'nearer' : 'farther'}, ${formatNumber(own.mean / none.mean, 2)} of the distance`
  })
  return `${rowOf(runs)}: ${said.join('; ')}.`
}

/** Made of the numbers, whichever way they fall. */
function budgetText(groups: Budget): string {
  const said = directions.map((direction) => {
    const values = groups.map((runs) => {
      const { mean, deviation } = final(runs, direction)
      return `${rowOf(runs)} ${formatNumber(mean, 3)} ± ${formatNumber(deviation, 2)}`
    })
    return `${ways[direction]} ${values.join(', ')} (two sets alone: ${formatNumber(floorOf(groups, direction).mean, 3)})`
  })
  const compared = groups.slice(1).map((runs) => againstNone(groups, runs))
  const against =
    groups[0].length > 1 ? `Against none: ${compared.join(' ')}` : 'One seed does not tell what is chance.'
  return `Sliced W2 after ${stepsOf(groups)} steps, ${said.join('; ')}.\n\n${against}`
}

/** How much of what zca gains is a matter of scale: standardise changes nothing else. */
function scaleText(groups: readonly Group[]): string {
  const kappa = spreadOf(groups[0].map(({ result }) => result.kappa)).mean
  const of = (kind: string, direction: Direction): Spread =>
    final(groups.find((runs) => rowOf(runs) === kind) ?? groups[0], direction)
  const parts = directions.map((direction) => {
    const [none, scaled, whitened] = ['none', 'standardise', 'zca'].map((kind) => of(kind, direction))
    const change = ({ mean }: Spread): string => `${formatNumber(100 * (mean / none.mean - 1), 2)} %`
    const worth = told(none, whitened) ? 'more than' : 'less than'
    return `${ways[direction]}, standardise changes the distance by ${change(scaled)} and zca by ${change(whitened)}, ${worth} what seeds differ by`
  })
  return `The roll's covariance has condition number ${formatNumber(kappa, 3)}: there is little for a linear preconditioner to even out but scale, and standardise, which changes nothing else, tells how much of a gain that is: ${parts.join('; ')}. The roll's difficulty is its winding, which no linear map undoes.`
}

export function presentSwissRoll(runs: readonly Run[]): Presentation {
  const budgets: readonly Budget[] = [...groupBy(runs, ({ settings }) => settings.steps).values()].map(
    (some) => [...groupBy(some, ({ settings }) => settings.row).values()],
  )
  const first = budgets[0]
  const last = budgets[budgets.length - 1]
  const { batch, width, depth, samples, measured, tolerance } = runs[0].settings
  return {
    table: tableOf(budgets),
    caption: `Steps of batch ${batch}, mlp ${width} x ${depth}, ${samples} training samples; Dormand-Prince at tolerance ${tolerance} either way, averaged weights; ${measured} samples a side; mean ± standard deviation over ${first[0].length} seeds. Last row: the distance between two independent sets, below which nothing can be told.`,
    summary: [...budgets.map(budgetText), scaleText(first)].join('\n\n'),
    sections: [
      {
        heading: 'Distances',
        blocks: [distanceBlock(last, 'forwards'), distanceBlock(last, 'backwards')],
      },
      {
        heading: `Where points come to lie, after ${stepsOf(first)} steps`,
        blocks: [...generatedBlock(first), ...first.flatMap(pictureBlock)],
      },
    ],
  }
}
