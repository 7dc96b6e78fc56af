// The pictures of Fig. 4: what was measured under what was predicted, a panel a condition number of the data.
import type { Block } from '../../report/document.ts'
import { kappaFigure } from '../../report/kappa-figure.ts'
import { linesFigure } from '../../report/lines-figure.ts'
import { multiplesFigure, type LinePanel } from '../../report/multiples-figure.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { LineSeries, Point } from '../../report/series.ts'
import {
  bestContraction,
  bestStepSize,
  contractionFactors,
  errorFactors,
  exactSteps,
  gradientDescentSteps,
} from '../../theory/descent.ts'
import { pathCondition, pathEigenvalues } from '../../theory/gaussian.ts'
import { groupBy } from '../shared/observe.ts'
import { spectrumOf, type Descent, type Run } from './runs.ts'
import { kinds, pathTimes } from './settings.ts'

const modeName = (mode: number): string => `λ${'₁₂₃₄₅₆₇₈'[mode]}`

/** A panel a condition number. `series` gets the runs without and with whitening, of the first seed. */
const panels = (runs: readonly Run[], series: (none: Run, whitened: Run) => LineSeries[]): LinePanel[] =>
  [...groupBy(runs, ({ settings }) => settings.conditionNumber)].map(([conditionNumber, group]) => {
    const [none, whitened] = kinds.map((kind) => group.filter(({ settings }) => settings.kind === kind)[0])
    return { title: `κ = ${formatInteger(conditionNumber)}`, series: series(none, whitened) }
  })

/** Measured lines, one a mode and one for the slowest whitened mode, and the predictions over them. */
function underPredictions(
  [none, whitened]: readonly [Run, Run],
  of: (run: Run, mode: number, predicted: boolean) => Point[],
): LineSeries[] {
  const { dimension } = none.settings
  const lines = (style: 'measured' | 'predicted'): LineSeries[] => [
    ...Array.from({ length: dimension }, (_, mode) => ({
      name: modeName(mode),
      style,
      points: of(none, mode, style === 'predicted'),
    })),
    { name: 'whitened, all', style, points: of(whitened, dimension - 1, style === 'predicted') },
  ]
  return [...lines('measured'), ...lines('predicted').map((one, like) => ({ ...one, like }))]
}

export function spectrumBlocks(runs: readonly Run[]): Block[] {
  const lines = (run: Run, mode: number): Point[] =>
    pathTimes.map((t) => ({ x: t, y: pathEigenvalues(spectrumOf(run), t)[mode] }))
  return [
    {
      kind: 'figure',
      name: 'spectrum',
      svg: multiplesFigure({
        label: 'Eigenvalues of the covariance of x_t over path time, by condition number of the data',
        panels: panels(runs, (none, whitened) => [
          ...Array.from({ length: none.settings.dimension }, (_, mode) => ({
            name: modeName(mode),
            points: lines(none, mode),
          })),
          { name: 'whitened, all', points: lines(whitened, 0) },
        ]),
        columns: 2,
        xLabel: 'Path time t (0 noise, 1 data)',
        yLabel: 'Eigenvalues of Cov(x(t))',
        yLog: true,
      }),
      caption:
        'Eigenvalues (1 − t)² + t² λ_j of S_t (Eq. 6): without whitening they part on the way to the data, with it all are (1 − t)² + t² (Eq. 21), which λ₁ = 1 has anyway. Exact.',
    },
    {
      kind: 'figure',
      name: 'kappa',
      svg: kappaFigure({
        series: [
          ...runs.filter(({ settings, seed }) => settings.kind === 'none' && seed === runs[0].seed),
          ...runs.filter(({ settings }) => settings.kind === 'whitening').slice(0, 1),
        ].map((run) => ({
          name:
            run.settings.kind === 'none' ? `κ = ${formatInteger(run.settings.conditionNumber)}` : 'whitened',
          points: pathTimes.map((t) => ({ t, kappa: pathCondition(spectrumOf(run), t) })),
        })),
      }),
      caption: 'Condition number of S_t (Eq. 13), which sets the pace of gradient descent at each t. Exact.',
    },
  ]
}

/** Relative errors below this are not drawn: one step of ideally whitened descent leaves rounding alone. */
const FLOOR = 1e-4

const drawn = (points: Point[]): Point[] => points.filter(({ y }) => y >= FLOOR)

export function curveBlock(runs: readonly Run[], t: number): Block {
  const points = (run: Run, mode: number, predicted: boolean): Point[] => {
    const modes = pathEigenvalues(spectrumOf(run), t)
    const factor = contractionFactors(modes, bestStepSize(modes) / 2)[mode]
    const { curve } = run.result.descents.find((one) => one.t === t) ?? { curve: [] }
    return drawn(
      curve
        .filter(({ step }) => step > 0)
        .map(({ step, errors }) => ({ x: step, y: predicted ? factor ** step : errors[mode] })),
    )
  }
  return {
    kind: 'figure',
    name: `descent-t-${t}`,
    svg: multiplesFigure({
      label: `Error of each mode over steps of gradient descent at t = ${t}, by condition number of the data`,
      panels: panels(runs, (none, whitened) => underPredictions([none, whitened], points)),
      columns: 2,
      xLabel: 'Gradient step k',
      yLabel: 'Error left of the mode',
      xLog: true,
      yLog: true,
    }),
    caption: `|E_k q_j| / |E_0 q_j| at t = ${t}: the engine's gradient descent on L_t(A) (Eq. 9), dashed: (1 − 2ηλ_j)^k (Eq. 16). Step size half the best one, because the best one ends whitened descent in one step. Errors below ${formatNumber(FLOOR, 1)} are not drawn.`,
  }
}

export function contractionBlock(runs: readonly Run[]): Block {
  const points = (run: Run, mode: number, predicted: boolean): Point[] => {
    const exact = (t: number) => {
      const modes = pathEigenvalues(spectrumOf(run), t)
      return contractionFactors(modes, bestStepSize(modes))[mode]
    }
    return run.result.contraction.map(({ t, factors }) => ({ x: t, y: predicted ? exact(t) : factors[mode] }))
  }
  return {
    kind: 'figure',
    name: 'contraction',
    svg: multiplesFigure({
      label: 'Contraction of each mode per gradient step over path time, by condition number of the data',
      panels: panels(runs, (none, whitened) => underPredictions([none, whitened], points)),
      columns: 2,
      xLabel: 'Path time t (0 noise, 1 data)',
      yLabel: 'Contraction per step',
      yLog: false,
    }),
    caption:
      'What one step at the best step size η* leaves of each mode’s error, measured; dashed: |1 − 2η*λ_j(S_t)| (Theorem 3.3). At η* the widest and the narrowest mode are equally slow; 1 means that a mode does not learn.',
  }
}

/** Condition numbers closer than this ratio share a dot. */
const APART = 1.2

/** Dots, not a line: gaps between them. */
function dots(descents: readonly Descent[]): Point[] {
  const sorted = [...descents].sort((a, b) => a.kappa - b.kappa)
  const apart: Descent[] = []
  for (const one of sorted) if (one.kappa > APART * (apart.at(-1)?.kappa ?? 0)) apart.push(one)
  return apart.flatMap(({ kappa, steps }) => [
    { x: kappa, y: steps ?? NaN },
    { x: kappa, y: NaN },
  ])
}

export function countBlock(descents: readonly Descent[], epsilon: number): Block {
  const largest = Math.max(...descents.map(({ kappa }) => kappa))
  const kappas = Array.from({ length: 200 }, (_, i) => largest ** (i / 199))
  return {
    kind: 'figure',
    name: 'steps',
    svg: linesFigure({
      label: `Gradient steps to ${epsilon} of the initial error over the condition number of the path`,
      series: [
        { name: 'measured', points: dots(descents) },
        {
          name: 'exact',
          style: 'predicted',
          like: 0,
          points: kappas.map((kappa) => ({ x: kappa, y: exactSteps(bestContraction(kappa), epsilon) })),
        },
        {
          name: 'sufficient (Eq. 17)',
          style: 'predicted',
          points: kappas.map((kappa) => ({ x: kappa, y: gradientDescentSteps(kappa, epsilon) })),
        },
      ],
      xLabel: 'κ(t), condition number of Cov(x(t))',
      yLabel: `Steps until every mode’s error is ${epsilon} of its initial one`,
      xLog: true,
      yLog: true,
    }),
    caption: `Steps that descents at the best step size took, a dot where several have nearly the same κ(t). Exact: ⌈ln ε / ln((κ − 1)/(κ + 1))⌉; sufficient: (κ + 1)/2 ln(1/ε) (Eq. 17).`,
  }
}

export function stochasticBlock(runs: readonly Run[]): Block {
  const { t, share, runs: count, batch } = runs[0].settings.stochastic
  const points = (run: Run, mode: number, predicted: boolean): Point[] => {
    const modes = pathEigenvalues(spectrumOf(run), t)
    const factor = errorFactors(modes, share * bestStepSize(modes))[mode]
    return run.result.stochastic.map(({ step, mean, error }) =>
      predicted
        ? { x: step, y: factor ** step }
        : { x: step, y: mean[mode], low: mean[mode] - 2 * error[mode], high: mean[mode] + 2 * error[mode] },
    )
  }
  return {
    kind: 'figure',
    name: 'stochastic',
    svg: multiplesFigure({
      label:
        'Mean error of each mode over steps of stochastic gradient descent, by condition number of the data',
      panels: panels(runs, (none, whitened) => underPredictions([none, whitened], points)),
      columns: 2,
      xLabel: 'SGD step k',
      yLabel: 'Mean error left',
      yLog: false,
    }),
    caption: `Mean over ${formatInteger(count)} runs of SGD, batch ${batch}, at t = ${t} and ${share} η*: share of the initial error along itself; bands: two standard errors. Dashed: (1 − 2ηλ_j)^k (Prop. 3.5).`,
  }
}
