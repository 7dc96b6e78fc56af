// The figures of the mixtures experiment over training steps: recovery and MMD, and the components of one mixture beside each other.
import type { Block } from '../../report/document.ts'
import { multiplesFigure, type LinePanel } from '../../report/multiples-figure.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Point } from '../../report/series.ts'
import { FLOOR, pointOf, spreadNote, titleOf } from './figures.ts'
import { kinds, type Run } from './settings.ts'
import { lowEigenvalueErrors, type Discrepancy } from './measures.ts'
import { watchedScores, type Configuration, type WatchedScore } from './scores.ts'
import { groupBy, spreadOf } from '../shared/observe.ts'

interface Curve {
  readonly name: string
  readonly runs: readonly Run[]
  readonly of: (look: Discrepancy) => number
}

/** Nothing below what fresh data scores: there a curve says nothing, and unbiased estimates are negative half of the time. */
const resolved = ({ x, y, low, high }: Point, floor: number): Point => {
  const at = (value: number) => Math.max(value, floor)
  return { x, y: at(y), ...(low !== undefined && high !== undefined && { low: at(low), high: at(high) }) }
}

/** A measure at each step that was looked at, over seeds. */
function pointsOf({ runs, of }: Curve, floor: number): Point[] {
  const looks = runs.flatMap(({ result }) => result.trained?.looks ?? [])
  return [...groupBy(looks, ({ step }) => step)]
    .filter(([step]) => step > 0)
    .map(([step, same]) => resolved(pointOf(step, spreadOf(same.map(of))), floor))
}

/** Curves over steps, and the level of fresh data. */
function panelOf(title: string, curves: readonly Curve[], floor: number): LinePanel {
  const series = curves.map((curve) => ({ name: curve.name, points: pointsOf(curve, floor) }))
  const steps = series[0].points.map(({ x }) => x)
  const level = [steps[0], steps[steps.length - 1]].map((x) => ({ x, y: floor }))
  return { title, series: [...series, { name: FLOOR, style: 'predicted', points: level }] }
}

/** Each component's low-eigenvalue error, a panel a preconditioner. */
export function componentsBlock(configuration: Configuration): Block {
  const { conditionNumbers, watchedFloor, floorPairs } = configuration
  const panels = kinds.map((kind) => {
    const curves = conditionNumbers.map((kappa, k) => ({
      name: `κ ${formatNumber(kappa, 1)}`,
      runs: configuration.runs(kind),
      of: (look: Discrepancy) => lowEigenvalueErrors(look)[k],
    }))
    return panelOf(kind, curves, watchedFloor.worst)
  })
  const runs = configuration.runs('none')
  return {
    kind: 'figure',
    name: 'one-hard-component',
    svg: multiplesFigure({
      label: 'Low-eigenvalue error of each component over training steps, a panel a preconditioner',
      panels,
      columns: 3,
      xLabel: 'Training step',
      yLabel: 'Low-eigenvalue error',
      xLog: true,
      yLog: true,
    }),
    caption: `Low-eigenvalue error of each component of one mixture over training steps: averaged weights, ${formatInteger(runs[0].settings.watched)} samples of each component.${spreadNote(runs)} Dashed: the largest error of a component in ${floorPairs} pairs of independent sets of data; what is below it is drawn on it.`,
  }
}

interface Wording {
  readonly score: WatchedScore
  readonly name: string
  readonly yLabel: string
  /** What is drawn, to stand before "over training steps". */
  readonly what: string
}

const wordings: readonly Wording[] = [
  {
    score: 'lowEigenvalue',
    name: 'low-eigenvalue-over-steps',
    yLabel: 'Low-eigenvalue error',
    what: 'Low-eigenvalue error (mean over components of |variance − λ| / λ along the narrow direction)',
  },
  {
    score: 'mmdWhitened',
    name: 'mmd-whitened',
    yLabel: 'MMD², whitened',
    what: 'MMD² to held-out data after the exact whitening within each component, where both directions count the same,',
  },
  {
    score: 'mmd',
    name: 'mmd',
    yLabel: 'MMD²',
    what: 'MMD² to held-out data in its own units, Gaussian kernel of median bandwidth,',
  },
]

function overStepsBlock(all: readonly Configuration[], { score, name, yLabel, what }: Wording): Block {
  const runs = all[0].runs('none')
  const { watched, pairsWatched } = runs[0].settings
  const pairs = score === 'lowEigenvalue' ? '' : `, ${formatInteger(pairsWatched)} a side at most`
  const of = watchedScores[score]
  const panels = all.map((one) => {
    const curves = kinds.map((kind) => ({ name: kind, runs: one.runs(kind), of }))
    return panelOf(titleOf(one), curves, one.watchedFloor[score])
  })
  return {
    kind: 'figure',
    name,
    svg: multiplesFigure({
      label: `${yLabel} over training steps, a panel a configuration`,
      panels,
      columns: 4,
      xLabel: 'Training step',
      yLabel,
      xLog: true,
      yLog: true,
    }),
    caption: `${what} over training steps: averaged weights, ${formatInteger(watched)} samples of each component${pairs}.${spreadNote(runs)} Dashed: the largest, in size, of ${all[0].floorPairs} pairs of independent sets of data as large; what is below it is drawn on it.`,
  }
}

export const trainingBlocks = (all: readonly Configuration[]): Block[] =>
  wordings.map((wording) => overStepsBlock(all, wording))
