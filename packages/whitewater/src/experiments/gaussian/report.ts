// What the Gaussian experiment shows: a row a configuration, and the pictures of Fig. 2.
import type { Block, Section } from '../../report/document.ts'
import { linesFigure } from '../../report/lines-figure.ts'
import { formatNumber } from '../../format-number.ts'
import { scatterFigure } from '../../report/scatter-figure.ts'
import type { LineSeries, Point } from '../../report/series.ts'
import type { Table } from '../../report/table.ts'
import { pathCondition } from '../../theory/gaussian.ts'
import type { Measured, Presentation } from '../runner/experiment.ts'
import { kinds, type GaussianResult, type GaussianSettings } from './settings.ts'
import { groupBy, spreadOf } from '../shared/observe.ts'

type Run = Measured<GaussianSettings, GaussianResult>
type Look = GaussianResult['looks'][number]
type Measure = Exclude<keyof Look, 'step'>

const last = ({ result }: Run): Look => result.looks[result.looks.length - 1]
const over = (runs: readonly Run[], of: (run: Run) => number) => spreadOf(runs.map(of))

/** One value a step: the mean over seeds within one standard deviation. */
function curve(runs: readonly Run[], measure: Measure): Point[] {
  return runs[0].result.looks
    .filter(({ step }) => step > 0)
    .map(({ step }, at) => {
      const { mean, deviation } = over(runs, ({ result }) => result.looks[at + 1][measure])
      return { x: step, y: mean, low: mean - deviation, high: mean + deviation }
    })
}

const tableOf = (groups: readonly (readonly Run[])[]): Table => ({
  group: 'kappa',
  columns: [
    { key: 'kappa', label: 'κ of the data' },
    { key: 'kind', label: 'precondition' },
    { key: 'mmd', label: 'MMD²', better: 'lower' },
    { key: 'mmdWhitened', label: 'MMD², whitened', better: 'lower' },
    { key: 'slicedWasserstein', label: 'sliced W2', better: 'lower' },
    { key: 'narrow', label: 'narrow variance', unit: 'of true' },
    { key: 'map', label: 'κ of the map' },
    { key: 'exact', label: 'exact' },
  ],
  rows: groups.map((runs) => ({
    kappa: runs[0].settings.conditionNumber,
    kind: runs[0].settings.kind,
    mmd: over(runs, (run) => last(run).mmd),
    mmdWhitened: over(runs, (run) => last(run).mmdWhitened),
    slicedWasserstein: over(runs, ({ result }) => result.slicedWasserstein),
    narrow: over(runs, (run) => last(run).narrow),
    map: over(runs, ({ result }) => result.whole.median),
    exact: Math.sqrt(runs[0].settings.conditionNumber),
  })),
})

const perKind = (
  groups: readonly (readonly Run[])[],
  points: (runs: readonly Run[]) => Point[],
): LineSeries[] => groups.map((runs) => ({ name: runs[0].settings.kind, points: points(runs) }))

/** A flat line across the steps. */
const level = (name: string, y: number, runs: readonly Run[]): LineSeries => ({
  name,
  style: 'predicted',
  points: [runs[0].result.looks[1].step, last(runs[0]).step].map((x) => ({ x, y })),
})

function mmdBlock(groups: readonly (readonly Run[])[], measure: 'mmd' | 'mmdWhitened'): Block {
  const floor = over(groups[0], ({ result }) => Math.abs(result.floor[measure])).mean
  const units = measure === 'mmd' ? '' : ', after the exact whitening'
  return {
    kind: 'figure',
    name: measure === 'mmd' ? 'mmd' : 'mmd-whitened',
    svg: linesFigure({
      label: `MMD² over training steps${units}`,
      series: [
        ...perKind(groups, (runs) => curve(runs, measure)),
        level('two sets of data', floor, groups[0]),
      ],
      xLabel: 'Training step',
      yLabel: `MMD²${units}`,
      xLog: true,
      yLog: true,
    }),
    caption: `Unbiased MMD² to held-out data${units}, 2,000 samples a side, Gaussian kernel of median bandwidth; mean and one standard deviation over ${groups[0].length} seeds. Dashed: the size it has between two sets of data. The estimate may be negative, which a logarithmic axis leaves out.`,
  }
}

function mapBlocks(groups: readonly (readonly Run[])[], conditionNumber: number): Block[] {
  const exact = Math.sqrt(conditionNumber)
  const spectrum = Float64Array.of(1, 1 / conditionNumber)
  const flows = groups.flatMap((runs, index): LineSeries[] => {
    const { kind } = runs[0].settings
    const points = runs[0].result.flow
    const predicted = (t: number) => (kind === 'none' ? Math.sqrt(pathCondition(spectrum, t)) : 1)
    return [
      { name: kind, points: points.map(({ t, median, low, high }) => ({ x: t, y: median, low, high })) },
      {
        name: kind,
        like: 2 * index,
        style: 'predicted',
        points: points.map(({ t }) => ({ x: t, y: predicted(t) })),
      },
    ]
  })
  return [
    {
      kind: 'figure',
      name: 'map-over-time',
      svg: linesFigure({
        label: 'Condition number of the learned flow map over path time',
        series: flows,
        xLabel: 'Path time t (0 noise, 1 data)',
        yLabel: 'κ of d x(t) / d x(0)',
        yLog: true,
      }),
      caption: `Condition number of the flow's own map from noise to time t, in the space it is trained in, by the variational equation: median and quartiles over 64 noise vectors, first seed. Dashed: the exact map S_t^{1/2}, √κ(S_t) without preconditioning and 1 with whitening.`,
    },
    {
      kind: 'figure',
      name: 'map-over-steps',
      svg: linesFigure({
        label: 'Condition number of the learned transport map over training steps',
        series: [...perKind(groups, (runs) => curve(runs, 'kappa')), level('exact, √κ', exact, groups[0])],
        xLabel: 'Training step',
        yLabel: 'κ of the map from noise to data',
        xLog: true,
        yLog: true,
      }),
      caption: `Condition number of the whole map from noise to data, P⁻¹ included: median over 64 noise vectors, mean and one standard deviation over ${groups[0].length} seeds. Dashed: the exact map Σ^{1/2}, whose condition is √κ = ${formatNumber(exact)}.`,
    },
  ]
}

function sampleBlock(groups: readonly (readonly Run[])[]): Block[] {
  const pictures = groups.map((runs) => ({ kind: runs[0].settings.kind, ...runs[0].result.pictures }))
  const [{ data }] = pictures
  if (!data) return []
  const panels = pictures.map(({ kind, samples = [] }) => ({ title: kind, points: samples }))
  return [
    {
      kind: 'figure',
      name: 'samples',
      svg: scatterFigure({
        panels: [{ title: 'data, held out', points: data }, ...panels],
        axisLabels: ['x₁', 'x₂'],
      }),
      caption: 'Held-out data and samples of the trained flows, first seed.',
    },
    {
      kind: 'figure',
      name: 'trajectories',
      svg: scatterFigure({
        panels: pictures.map(({ kind, samples = [], paths = [] }) => ({
          title: kind === 'none' ? 'none, space of the data' : `${kind}, whitened space`,
          points: kind === 'none' ? samples : [],
          paths: paths.map((points) => ({ points })),
        })),
        axisLabels: ['x₁', 'x₂'],
      }),
      caption:
        'Trajectories of the learned flow from noise (hollow) to t = 1 (filled), in the space it is trained in. Whitening leaves it next to nothing to do: the whitened Gaussian is the noise itself.',
    },
  ]
}

function sectionOf(conditionNumber: number, runs: readonly Run[]): Section {
  const groups = [...groupBy(runs, ({ settings }) => settings.kind).values()]
  return {
    heading: `Condition number ${formatNumber(conditionNumber)}`,
    blocks: [
      ...sampleBlock(groups),
      mmdBlock(groups, 'mmd'),
      mmdBlock(groups, 'mmdWhitened'),
      {
        kind: 'figure',
        name: 'narrow-variance',
        svg: linesFigure({
          label: 'Generated variance along the narrow direction over training steps',
          series: [...perKind(groups, (group) => curve(group, 'narrow')), level('exact', 1, groups[0])],
          xLabel: 'Training step',
          yLabel: 'Variance along the narrow direction, of the true one',
          xLog: true,
          yLog: true,
        }),
        caption:
          'What the scalar loss does not show (Cor. F.3.1): the variance of the samples along the narrow direction over the true one.',
      },
      ...mapBlocks(groups, conditionNumber),
    ],
  }
}

/** Made of the numbers, whichever way they fall. */
function summaryOf(byKappa: ReadonlyMap<number, Run[]>): string {
  return [...byKappa]
    .map(([kappa, runs]) => {
      const [none, zca] = kinds.map((kind) => runs.filter(({ settings }) => settings.kind === kind))
      const of = (measure: Measure) =>
        [none, zca].map((group) => over(group, (run) => last(run)[measure]).mean)
      const [narrow, map, mmd] = [of('narrow'), of('kappa'), of('mmdWhitened')].map((pair) =>
        pair.map((value) => formatNumber(value, 3)),
      )
      return `At κ = ${formatNumber(kappa)} the samples have ${narrow[0]} times the true variance along the narrow direction without preconditioning and ${narrow[1]} times with whitening; the learned map has condition number ${map[0]} and ${map[1]}, the exact map ${formatNumber(Math.sqrt(kappa), 3)}; MMD² in whitened units is ${mmd[0]} and ${mmd[1]}.`
    })
    .join('\n\n')
}

export function presentGaussian(runs: readonly Run[]): Presentation {
  const byKappa = groupBy(runs, ({ settings }) => settings.conditionNumber)
  const groups = [
    ...groupBy(runs, ({ settings: { conditionNumber, kind } }) => `${conditionNumber} ${kind}`).values(),
  ]
  const { steps, batch, width, depth, samples, tolerance } = runs[0].settings
  return {
    table: tableOf(groups),
    caption: `After ${steps} steps of batch ${batch}, mlp ${width} x ${depth}, ${samples} training samples; Dormand-Prince at tolerance ${tolerance}, averaged weights; mean ± standard deviation over ${groups[0].length} seeds. κ of the map: median over 64 noise vectors of the condition number of d x / d x₀, P⁻¹ included; exact: √κ. MMD², whitened: both sets mapped by the exact Σ^{-1/2} first, so that both directions count.`,
    summary: summaryOf(byKappa),
    sections: [...byKappa].map(([kappa, group]) => sectionOf(kappa, group)),
  }
}
