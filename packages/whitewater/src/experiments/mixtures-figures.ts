// The figures of the mixtures experiment: samples with their components' ellipses, MMD and recovery over steps, condition of the path.
import type { Block } from '../report/document.ts'
import { multiplesFigure, type LinePanel } from '../report/multiples-figure.ts'
import { formatInteger, formatNumber } from '../report/number.ts'
import { scatterFigure, type Ellipse, type ScatterPanel } from '../report/scatter-figure.ts'
import type { LineSeries, Point } from '../report/series.ts'
import { kinds, mixtureFor, type Run } from './mixtures-grid.ts'
import { labelsOf, lowEigenvalueErrors } from './mixtures-measures.ts'
import {
  exactSpectra,
  TIMES,
  watchedScores,
  worstCondition,
  type Configuration,
  type Kind,
  type WatchedScore,
} from './mixtures-scores.ts'
import { groupBy, spreadOf, type Spread } from './observe.ts'

const titleOf = ({ components, conditionNumber }: Configuration): string =>
  `${components} components, κ ${formatNumber(conditionNumber, 1)}`

const pointOf = (x: number, { mean, deviation, count }: Spread): Point =>
  count > 1 ? { x, y: mean, low: mean - deviation, high: mean + deviation } : { x, y: mean }

const FLOOR = 'fresh data, largest'

/** A score at each step that was looked at, over seeds. */
function overSteps(runs: readonly Run[], score: WatchedScore): Point[] {
  const looks = runs.flatMap(({ result }) => result.trained?.looks ?? [])
  return [...groupBy(looks, ({ step }) => step)]
    .filter(([step]) => step > 0)
    .map(([step, same]) => pointOf(step, spreadOf(same.map(watchedScores[score]))))
}

/** Nothing below what fresh data scores: there a curve says nothing, and unbiased estimates are negative half of the time. */
const resolved = ({ x, y, low, high }: Point, floor: number): Point => {
  const at = (value: number) => Math.max(value, floor)
  return { x, y: at(y), ...(low !== undefined && high !== undefined && { low: at(low), high: at(high) }) }
}

/** A panel a configuration: a curve a preconditioner, and the level of fresh data. */
function overStepsPanel(configuration: Configuration, score: WatchedScore): LinePanel {
  const floor = configuration.watchedFloor[score]
  const curves = kinds.map((kind): LineSeries => ({
    name: kind,
    points: overSteps(configuration.runs(kind), score).map((point) => resolved(point, floor)),
  }))
  const steps = curves[0].points.map(({ x }) => x)
  const level = [steps[0], steps[steps.length - 1]].map((x) => ({ x, y: floor }))
  return {
    title: titleOf(configuration),
    series: [...curves, { name: FLOOR, style: 'predicted', points: level }],
  }
}

const spreadNote = (runs: readonly Run[]): string =>
  runs.length > 1 ? ` Mean and one standard deviation over ${runs.length} seeds.` : ''

/** Each component's low-eigenvalue error over steps, a panel a preconditioner. */
export function componentsBlock(configuration: Configuration): Block {
  const floor = configuration.watchedFloor.worst
  const panels = kinds.map((kind): LinePanel => {
    const looks = configuration.runs(kind).flatMap(({ result }) => result.trained?.looks ?? [])
    const steps = [...groupBy(looks, ({ step }) => step)].filter(([step]) => step > 0)
    const curve = (k: number) =>
      steps.map(([step, same]) =>
        resolved(pointOf(step, spreadOf(same.map((look) => lowEigenvalueErrors(look)[k]))), floor),
      )
    const level = [steps[0], steps[steps.length - 1]].map(([step]) => ({ x: step, y: floor }))
    return {
      title: kind,
      series: [
        ...configuration.conditionNumbers.map((kappa, k): LineSeries => ({
          name: `κ ${formatNumber(kappa, 1)}`,
          points: curve(k),
        })),
        { name: FLOOR, style: 'predicted', points: level },
      ],
    }
  })
  return {
    kind: 'figure',
    name: 'one-hard-component',
    svg: multiplesFigure({
      label: 'Low-eigenvalue error of each component over training steps, a panel a preconditioner',
      ...{ panels, columns: 3, xLabel: 'Training step', yLabel: 'Low-eigenvalue error', xLog: true, yLog: true },
    }),
    caption: `Low-eigenvalue error of each component over training steps in one mixture of components of different condition numbers: averaged weights, ${formatInteger(configuration.runs('none')[0].settings.watched)} samples of each component.${spreadNote(configuration.runs('none'))} Dashed: the largest error of a component in ${configuration.floorPairs} pairs of independent sets of data; what is below it is drawn on it.`,
  }
}

interface Wording {
  readonly name: string
  readonly yLabel: string
  /** What is drawn, to stand before "over training steps". */
  readonly what: string
}

function overStepsBlock(all: readonly Configuration[], score: WatchedScore, { name, yLabel, what }: Wording): Block {
  const runs = all[0].runs('none')
  const { watched, pairsWatched } = runs[0].settings
  const pairs = score === 'lowEigenvalue' ? '' : `, ${formatInteger(pairsWatched)} a side at most`
  return {
    kind: 'figure',
    name,
    svg: multiplesFigure({
      label: `${what} over training steps, a panel a configuration`,
      panels: all.map((configuration) => overStepsPanel(configuration, score)),
      columns: 4,
      xLabel: 'Training step',
      yLabel,
      xLog: true,
      yLog: true,
    }),
    caption: `${what} over training steps: averaged weights, ${formatInteger(watched)} samples of each component${pairs}.${spreadNote(runs)} Dashed: the largest of ${all[0].floorPairs} pairs of independent sets of data of that size; what is below it is drawn on it.`,
  }
}

export const trainingBlocks = (all: readonly Configuration[]): Block[] => [
  overStepsBlock(all, 'lowEigenvalue', {
    name: 'low-eigenvalue-over-steps',
    yLabel: 'Low-eigenvalue error',
    what: 'Low-eigenvalue error (mean over components of |variance − λ| / λ along the narrow direction)',
  }),
  overStepsBlock(all, 'mmdWhitened', {
    name: 'mmd-whitened',
    yLabel: 'MMD², whitened',
    what: 'MMD² to held-out data after the exact whitening within each component, where both directions count the same',
  }),
  overStepsBlock(all, 'mmd', {
    name: 'mmd',
    yLabel: 'MMD²',
    what: 'MMD² to held-out data in its own units, Gaussian kernel of median bandwidth,',
  }),
]

/** Error at the end against the components' condition number, a panel a number of components. */
export function errorBlock(all: readonly Configuration[]): Block {
  const panels = [...groupBy(all, ({ components }) => components)].map(([components, some]): LinePanel => {
    const curve = (kind: Kind): LineSeries => ({
      name: kind,
      points: some.map((one) => pointOf(one.conditionNumber, one.score(kind, 'lowEigenvalue'))),
    })
    const level = some.map(({ conditionNumber, floor }) => ({ x: conditionNumber, y: floor.lowEigenvalue }))
    return {
      title: `${components} components`,
      series: [...kinds.map(curve), { name: FLOOR, style: 'predicted', points: level }],
    }
  })
  return {
    kind: 'figure',
    name: 'low-eigenvalue-error',
    svg: multiplesFigure({
      label: 'Low-eigenvalue error after training against the condition number of the components',
      ...{ panels, columns: 2, xLabel: 'κ of a component', yLabel: 'Low-eigenvalue error' },
      ...{ xLog: true, yLog: true },
    }),
    caption: `Low-eigenvalue error at the end of training: the mean over components of |variance − λ| / λ along the narrow direction, ${formatInteger(all[0].runs('none')[0].settings.measured)} samples of each component.${spreadNote(all[0].runs('none'))} Dashed: the largest error of ${all[0].floorPairs} pairs of independent sets of data.`,
  }
}

/** Worst kappa(S_{k,t}) over components, measured and exact. */
function conditionSeries(configuration: Configuration, kind: Kind, at: number): LineSeries[] {
  const runs = configuration.runs(kind)
  const exact = runs.map((run) => exactSpectra(kind, mixtureFor(run)))
  const points = TIMES.map((t) =>
    pointOf(t, spreadOf(runs.map(({ result }) => worstCondition(result.trained?.spectra ?? [], t)))),
  )
  const predicted = TIMES.map((t) => ({
    x: t,
    y: spreadOf(exact.map((spectra) => worstCondition(spectra, t))).mean,
  }))
  return [
    { name: kind, points },
    { name: kind, style: 'predicted', like: 2 * at, points: predicted },
  ]
}

export const conditionBlock = (all: readonly Configuration[]): Block => ({
  kind: 'figure',
  name: 'kappa',
  svg: multiplesFigure({
    label: 'Largest condition number over components along the path, a panel a configuration',
    panels: all.map((configuration) => ({
      title: titleOf(configuration),
      series: kinds.flatMap((kind, at) => conditionSeries(configuration, kind, at)),
    })),
    columns: 4,
    xLabel: 'Path time t (0 noise, 1 data)',
    yLabel: 'Worst κ(S_k,t)',
    yLog: true,
  }),
  caption: `The largest condition number of the covariance of x_t within a component, over components: from ${formatInteger(all[0].runs('none')[0].settings.training)} training samples of each, S + 1e-6 I.${spreadNote(all[0].runs('none'))} Dashed: from the exact mixture and the exact P.`,
})

/** kappa of Cov(x_t) of all samples together, against that of the worst component, without preconditioning. */
export function wholeBlock(all: readonly Configuration[]): Block {
  const hardest = [...groupBy(all, ({ components }) => components).values()].map((some) => some[some.length - 1])
  const panels = hardest.map((configuration): LinePanel => {
    const runs = configuration.runs('none')
    const mean = (of: (run: Run) => number) => spreadOf(runs.map(of)).mean
    const curve = (spectra: (run: Run) => readonly (readonly number[])[]) =>
      TIMES.map((t) => ({ x: t, y: mean((run) => worstCondition(spectra(run), t)) }))
    return {
      title: titleOf(configuration),
      series: [
        { name: 'worst component', points: curve(({ result }) => result.trained?.spectra ?? []) },
        { name: 'all samples together', points: curve(({ result }) => [result.trained?.spectrum ?? []]) },
      ],
    }
  })
  return {
    kind: 'figure',
    name: 'kappa-whole',
    svg: multiplesFigure({
      label: 'Condition number along the path of the worst component and of all samples together',
      ...{ panels, columns: 4, xLabel: 'Path time t', yLabel: 'κ(t), no preconditioning', yLog: true },
    }),
    caption:
      'Why one whitening for all cannot help: the covariance of all samples together is that of the means, evenly spread, whatever happens within a component.',
  }
}

function ellipsesOf(run: Run): Ellipse[] {
  const { components } = mixtureFor(run)
  const { means = [], covariances = [] } = run.result.trained?.picture ?? {}
  const pair = (x: ArrayLike<number>): [number, number] => [x[0], x[1]]
  return [
    ...components.map(({ mean, covariance }) => ({ mean: pair(mean), covariance: covariance.data })),
    ...means.map((mean, k): Ellipse => ({
      mean: pair(mean),
      covariance: covariances[k],
      series: k,
      style: 'generated',
    })),
  ]
}

/** Samples of the first seed with the ellipses of two standard deviations, true and generated. */
export function samplesBlock(configuration: Configuration): Block[] {
  const drawn = kinds.flatMap((kind) => {
    const run = configuration.runs(kind).find(({ result }) => result.trained?.picture)
    return run ? [{ kind, run, points: run.result.trained?.picture?.samples ?? [] }] : []
  })
  if (drawn.length === 0) return []
  const panels = drawn.map(({ kind, run, points }): ScatterPanel => {
    const classes = configuration.components
    const labels = labelsOf({ classes, perClass: points.length / 2 / classes })
    return { title: kind, points, labels, ellipses: ellipsesOf(run) }
  })
  return [
    {
      kind: 'figure',
      name: `samples-${configuration.components}-${configuration.conditionNumber}`,
      svg: scatterFigure({ panels, axisLabels: ['x₁', 'x₂'] }),
      caption: `${titleOf(configuration)}: samples, a colour a component, and ellipses of two standard deviations of the true components and of what was generated (${formatInteger(drawn[0].run.settings.measured)} samples each), first seed.`,
    },
  ]
}
