// The figures of the mixtures experiment: samples with their components' ellipses, recovery, condition of the path.
import type { Block } from '../../report/document.ts'
import { multiplesFigure, type LinePanel } from '../../report/multiples-figure.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import { scatterFigure, type Ellipse, type ScatterPanel } from '../../report/scatter-figure.ts'
import type { LineSeries, Point } from '../../report/series.ts'
import { mixtureFor } from './law.ts'
import { kinds, type Run } from './settings.ts'
import { labelsOf } from './measures.ts'
import { exactSpectra, TIMES, worstCondition, type Configuration, type Kind } from './scores.ts'
import { groupBy, spreadOf, type Spread } from '../shared/observe.ts'

export const titleOf = ({ components, conditionNumber }: Configuration): string =>
  `${components} components, κ ${formatNumber(conditionNumber, 1)}`

export const pointOf = (x: number, { mean, deviation, count }: Spread): Point =>
  count > 1 ? { x, y: mean, low: mean - deviation, high: mean + deviation } : { x, y: mean }

export const FLOOR = 'fresh data, largest'

export const spreadNote = (runs: readonly Run[]): string =>
  runs.length > 1 ? ` Mean and one standard deviation over ${runs.length} seeds.` : ''

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
      panels,
      columns: 2,
      xLabel: 'κ of a component',
      yLabel: 'Low-eigenvalue error',
      xLog: true,
      yLog: true,
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
  const hardest = [...groupBy(all, ({ components }) => components).values()].map(
    (some) => some[some.length - 1],
  )
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
      panels,
      columns: 4,
      xLabel: 'Path time t',
      yLabel: 'κ(t), no preconditioning',
      yLog: true,
    }),
    caption:
      'Why one whitening for all cannot help: the covariance of all samples together is mostly that of the means, evenly spread from three components on, whatever happens within a component.',
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
