// What the theory experiment shows: a row a descent, and the pictures of Fig. 4 with what was measured under what was predicted.
import type { Section } from '../../report/document.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Table } from '../../report/table.ts'
import { bestStepSize, errorFactors } from '../../theory/descent.ts'
import { pathEigenvalues } from '../../theory/gaussian.ts'
import type { Presentation } from '../runner/experiment.ts'
import { groupBy } from '../shared/observe.ts'
import { fieldSection } from './fields.ts'
import { contractionBlock, countBlock, curveBlock, spectrumBlocks, stochasticBlock } from './figures.ts'
import { descentsOf, spectrumOf, type Descent, type Run } from './runs.ts'

/** Row of one configuration at one t: all seeds' counts, where they differ, and largest deviations. */
function rowOf(descents: readonly Descent[]) {
  const [{ conditionNumber, kind, t, kappa, stepSize, contraction, sufficient, exact }] = descents
  const counts = [...new Set(descents.map(({ steps }) => (steps === null ? 'none' : formatInteger(steps))))]
  return {
    conditionNumber,
    kind,
    t,
    kappa,
    stepSize,
    contraction,
    exact,
    sufficient: Math.ceil(sufficient),
    measured: counts.length === 1 ? (descents[0].steps ?? 'none') : counts.join(', '),
    deviation: Math.max(...descents.map(({ deviation }) => deviation)),
    lossDeviation: Math.max(...descents.map(({ lossDeviation }) => lossDeviation)),
  }
}

/** Times that have a row of their own; the figures hold all. */
const tabled = [0.9, 1]

const tableOf = (descents: readonly Descent[]): Table => ({
  group: 'conditionNumber',
  columns: [
    { key: 'conditionNumber', label: 'κ of the data' },
    { key: 'kind', label: 'precondition' },
    { key: 't', label: 't', format: String },
    { key: 'kappa', label: 'κ(S_t)' },
    { key: 'stepSize', label: 'η*' },
    { key: 'contraction', label: 'contraction' },
    { key: 'sufficient', label: 'steps, Eq. 17' },
    { key: 'exact', label: 'exact' },
    { key: 'measured', label: 'measured' },
    { key: 'deviation', label: 'curves off by', format: (value) => formatNumber(value, 2) },
    { key: 'lossDeviation', label: 'loss off by', format: (value) => formatNumber(value, 2) },
  ],
  rows: [
    ...groupBy(
      descents.filter(({ t }) => tabled.includes(t)),
      ({ conditionNumber, kind, t }) => `${conditionNumber} ${kind} ${t}`,
    ).values(),
  ].map(rowOf),
})

/** Deviations of SGD's means from Prop. 3.5, in standard errors. */
function stochasticDeviations(run: Run): number[] {
  const { t, share } = run.settings.stochastic
  const modes = pathEigenvalues(spectrumOf(run), t)
  const factors = errorFactors(modes, share * bestStepSize(modes))
  return run.result.stochastic
    .filter(({ step }) => step > 0)
    .flatMap(({ step, mean, error }) =>
      mean.map((value, j) => Math.abs(value - factors[j] ** step) / error[j]),
    )
}

/** Made of the numbers, whichever way they fall. */
function summaryOf(runs: readonly Run[], descents: readonly Descent[]): string {
  const { steps, epsilon } = runs[0].settings
  const largest = (of: (descent: Descent) => number) => formatNumber(Math.max(...descents.map(of)), 2)
  const off = descents.map(({ steps: measured, exact }) =>
    measured === null ? Infinity : Math.abs(measured - exact),
  )
  const right = off.filter((difference) => difference === 0).length
  const worst = descents.reduce((most, one) => (one.exact > most.exact ? one : most))
  const whitened = descents
    .filter(({ kind }) => kind === 'whitening')
    .map(({ steps: count }) => count ?? Infinity)
  const sizes = runs.flatMap(stochasticDeviations)
  const beyond = sizes.filter((size) => size > 2).length
  return [
    `The engine's gradient descent follows Theorem 3.3: over ${steps} steps no mode's error departs from its predicted curve by more than ${largest(({ deviation }) => deviation)} of its initial value, and no loss from Lemma 3.2 by more than ${largest((one) => one.lossDeviation)} of itself, in ${descents.length} descents at each of two step sizes. The count of steps to ${epsilon} is the exact form of Eq. 17 in ${right} of ${descents.length}${right < descents.length ? `, elsewhere off by at most ${formatInteger(Math.max(...off))}` : ''}.`,
    `The longest descent takes ${formatInteger(worst.steps ?? Infinity)} steps, at t = ${worst.t} of the data with κ = ${formatInteger(worst.conditionNumber)}, where κ(S_t) is ${formatNumber(worst.kappa)}; after exact whitening no descent takes more than ${formatInteger(Math.max(...whitened))}.`,
    `Of SGD's mean errors ${formatNumber((100 * beyond) / sizes.length, 2)} % lie more than two standard errors from Prop. 3.5, the farthest ${formatNumber(Math.max(...sizes), 2)}; chance alone puts about 5 % there, and steps of one descent share their chances.`,
  ].join('\n\n')
}

function sectionsOf(runs: readonly Run[], descents: readonly Descent[]): Section[] {
  return [
    { heading: 'The path', blocks: spectrumBlocks(runs) },
    {
      heading: 'Gradient descent',
      blocks: [
        ...tabled.map((t) => curveBlock(runs, t)),
        contractionBlock(runs),
        countBlock(descents, runs[0].settings.epsilon),
      ],
    },
    { heading: 'Stochastic gradient descent', blocks: [stochasticBlock(runs)] },
    fieldSection(),
  ]
}

export function presentTheory(runs: readonly Run[]): Presentation {
  const descents = runs.flatMap(descentsOf)
  const [{ settings }] = runs
  const seeds = new Set(runs.map(({ seed }) => seed)).size
  return {
    table: tableOf(descents),
    caption: `Linear predictor in ${settings.dimension} dimensions trained by full-batch gradient descent on the population loss at fixed t, by the engine in float64, from a random start. Contraction: (κ − 1)/(κ + 1). Steps: until every mode's error is ${settings.epsilon} of its initial one; exact: the ceiling of ln ε over the logarithm of the contraction. Curves off by: largest difference of a measured from a predicted error in ${settings.steps} steps, of the mode's initial error, at η* and η*/2. Nothing in it is random but the axes, the start and SGD's draws, so ${seeds === 1 ? 'one seed serves' : `${seeds} seeds differ in rounding only; deviations are the largest of all`}.`,
    summary: summaryOf(runs, descents),
    sections: sectionsOf(runs, descents),
  }
}
