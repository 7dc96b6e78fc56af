// The figures of the dynamics experiment: kappa along the path, the loss beside what it hides, and where on the path the errors are.
import { ndarray } from '@whitewater/tensor'
import { pathConditions } from '../../metrics/conditioning.ts'
import type { Band } from '../../metrics/loss-split.ts'
import type { Block } from '../../report/document.ts'
import { heatFigure } from '../../report/heat-figure.ts'
import { linesFigure } from '../../report/lines-figure.ts'
import { multiplesFigure } from '../../report/multiples-figure.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { LineSeries, Point } from '../../report/series.ts'
import { sampleBlocks } from '../../report/run-blocks.ts'
import type { DynamicsSettings, Trained } from './settings.ts'
import type { Measured } from '../runner/experiment.ts'
import { spreadOf, type Spread } from '../shared/observe.ts'

export type Run = Measured<DynamicsSettings, Trained>
export type Look = Trained['looks'][number]
export type Split = readonly (readonly number[])[]

/** The runs of one preconditioner, a seed each. */
export interface Group {
  readonly kind: string
  readonly runs: readonly Run[]
}

/** The error that can be told for this data: all of it where the data is Gaussian, its affine part elsewhere. */
export interface Yardstick {
  readonly exact: boolean
  readonly errorOf: (look: Look) => Split
}

export const over = ({ runs }: Group, of: (run: Run) => number): Spread => spreadOf(runs.map(of))

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** How many bands make a quarter. */
export const quarterOf = (bands: number): number => Math.max(1, Math.round(bands / 4))

/** Mean over all times and the widest (or narrowest) quarter of the bands, at least one. */
export function quarter(split: Split, end: 'widest' | 'narrowest'): number {
  const count = quarterOf(split[0].length)
  return meanOf(split.flatMap((row) => (end === 'widest' ? row.slice(0, count) : row.slice(-count))))
}

/** What is left of the best linear field's loss along the widest quarter of directions: mean over the cells of the ratio. */
export function wideLoss(look: Look, { result }: Run): number {
  const ratios = look.lossSplit.map((row, bin) =>
    row.map((value, band) => value / result.linear.lossSplit[bin][band]),
  )
  return quarter(ratios, 'widest')
}

const seedsSaid = ({ runs }: Group): string => (runs.length === 1 ? 'one seed' : `${runs.length} seeds`)

/** One value a step: the mean over seeds within one standard deviation. */
const curve = (group: Group, of: (look: Look, run: Run) => number): Point[] =>
  group.runs[0].result.looks.map(({ step }, at) => {
    const { mean, deviation } = over(group, (run) => of(run.result.looks[at], run))
    return { x: step, y: mean, low: mean - deviation, high: mean + deviation }
  })

const GRID = Array.from({ length: 101 }, (_, i) => i / 100)

export function kappaBlock(groups: readonly Group[]): Block {
  const series = groups.flatMap(({ kind, runs }, index): LineSeries[] => {
    const measured = runs.flatMap(({ result }) => result.kappa)
    const points = measured[0].points.map(({ t }, at) => {
      const values = measured.map(({ points }) => points[at].kappa)
      return { x: t, y: meanOf(values), low: Math.min(...values), high: Math.max(...values) }
    })
    const exact = pathConditions(Float64Array.from(runs[0].result.spectrum), GRID)
    const predicted = exact.map(({ t, kappa }) => ({ x: t, y: kappa }))
    return [
      { name: kind, points },
      { name: kind, like: 2 * index, style: 'predicted', points: predicted },
    ]
  })
  const { kappa } = groups[0].runs[0].result
  const steps = kappa.map(({ step }) => formatInteger(step)).join(', ')
  return {
    kind: 'figure',
    name: 'kappa',
    svg: linesFigure({
      label:
        'Condition number of the covariance of x_t over path time, measured during training and predicted',
      series,
      xLabel: 'Path time t (0 noise, 1 data)',
      yLabel: 'κ(t), condition number of Cov(x(t))',
      yLog: true,
    }),
    caption: `Condition number of the empirical covariance of ${formatInteger(kappa[0].samples)} x_t drawn as training batches are, S + 10⁻⁶ I, in the space the flow is trained in (Fig. 8, G.3). Lines: mean over training steps ${steps} and ${seedsSaid(groups[0])}, band from the smallest to the largest. P is fixed while the flow trains, so these differ by sampling alone; at t = 0, where κ is 1, sampling makes it ${formatNumber(kappa[0].points[0].kappa, 3)}. Dashed: Eq. 13 from the eigenvalues of the covariance of all training data.`,
  }
}

export function hiddenBlock(groups: readonly Group[], { exact, errorOf }: Yardstick): Block {
  return {
    kind: 'figure',
    name: 'loss-and-errors',
    svg: multiplesFigure({
      label: 'Scalar loss and errors along the widest and narrowest directions over training steps',
      panels: groups.map((group) => ({
        title: group.kind,
        series: [
          {
            name: 'scalar loss, of best linear',
            points: curve(group, ({ loss }, run) => loss / run.result.linear.loss),
          },
          {
            name: 'error, widest quarter',
            points: curve(group, (look) => quarter(errorOf(look), 'widest')),
          },
          {
            name: 'error, narrowest quarter',
            points: curve(group, (look) => quarter(errorOf(look), 'narrowest')),
          },
        ],
      })),
      xLabel: 'Training step',
      yLabel: 'Loss ratio; squared error in variances of the data',
      xLog: true,
      yLog: true,
    }),
    caption: `The scalar loss over that of the best linear field on the same pairs (1 is ${exact ? 'the lowest that fresh data allows; a little less comes from fitting the training data themselves' : 'what second moments alone can give; a network goes below where the data is not Gaussian'}), beside ${exact ? 'the squared error of the velocity' : 'the affine part of the squared error of the velocity, which vanishes at the optimum whatever the data'}, by direction. Errors are carried to t = 1 by the Gaussian flow and divided by the data's variance along the direction, so that they mean the same under every preconditioner: at 1 the flow is off by the data's own standard deviation. Mean and one standard deviation over ${seedsSaid(groups[0])}; averaged weights.`,
  }
}

const bandName = ({ from, to }: Band): string => (to - from === 1 ? `${to}` : `${from + 1}–${to}`)

/** Rows for bands, columns for time bins, mean over seeds. */
function heatOf({ runs }: Group, at: number, of: (look: Look) => Split): number[][] {
  const splits = runs.map(({ result }) => of(result.looks[at]))
  return splits[0][0].map((_, band) =>
    splits[0].map((_, bin) => meanOf(splits.map((split) => split[bin][band]))),
  )
}

const edgesOf = (bins: number): number[] => Array.from({ length: bins + 1 }, (_, k) => k / bins)

/** Early, middle and last. */
const threeOf = (looks: readonly Look[]): number[] => [
  ...new Set([Math.floor(looks.length / 3), Math.floor((2 * looks.length) / 3), looks.length - 1]),
]

export function errorHeatBlock(groups: readonly Group[], { exact, errorOf }: Yardstick): Block {
  const { looks, bands } = groups[0].runs[0].result
  return {
    kind: 'figure',
    name: 'errors-by-direction-and-time',
    svg: heatFigure({
      label: 'Squared error of the velocity by eigendirection of the data and path time, at three steps',
      panels: groups.flatMap((group) =>
        threeOf(looks).map((at) => ({
          title: `${group.kind}, step ${formatInteger(looks[at].step)}`,
          values: heatOf(group, at, errorOf),
        })),
      ),
      rows: bands.map(bandName),
      columns: edgesOf(looks[0].lossSplit.length),
      rowLabel: 'Direction, widest first',
      columnLabel: 'Path time t',
      valueLabel: 'Squared error, variances of the data',
      log: true,
    }),
    caption: `${exact ? 'Squared error' : 'Affine part of the squared error'} of the velocity by eigendirection of the data and path time, carried to t = 1 and in units of the data's variance along the direction (what Cor. F.3.1 says a small loss can hide), against the Gaussian of the training data's mean and covariance. Mean over seeds.${exact ? '' : ' Estimated without bias, so cells without a measurable error come out on either side of zero.'}`,
  }
}

export function lossHeatBlock(groups: readonly Group[]): Block {
  const { looks, bands } = groups[0].runs[0].result
  const at = looks.length - 1
  return {
    kind: 'figure',
    name: 'loss-by-direction-and-time',
    svg: heatFigure({
      label: 'The loss by eigendirection of the data and path time at the last step',
      panels: groups.map((group) => ({
        title: group.kind,
        values: heatOf(group, at, ({ lossSplit }) => lossSplit),
      })),
      rows: bands.map(bandName),
      columns: edgesOf(looks[0].lossSplit.length),
      rowLabel: 'Direction, widest first',
      columnLabel: 'Path time t',
      valueLabel: 'Mean (q · P⁻¹(v − u))², squared units of the data',
      log: true,
    }),
    caption:
      "The loss itself at the last step: v − u mapped back to the data's units, the part that no field can remove included. With none, their sum over directions, averaged over time, is the scalar loss; with a preconditioner, what it would be in units of the data.",
  }
}

/** Images of the first seed: what no number here says. */
export async function pictureBlocks(groups: readonly Group[]): Promise<Block[]> {
  const sets = groups.flatMap(({ kind, runs }) => {
    const { pictures } = runs[0].result
    return pictures ? [{ kind, ...pictures }] : []
  })
  if (sets.length === 0) return []
  const [{ data, shape }] = sets
  const asSet = (title: string, values: readonly number[]) => ({
    title,
    samples: ndarray(Float32Array.from(values), shape),
  })
  return sampleBlocks([asSet('data', data), ...sets.map(({ kind, samples }) => asSet(kind, samples))])
}
