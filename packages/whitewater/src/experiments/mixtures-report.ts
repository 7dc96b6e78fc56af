// What the mixtures experiment shows: a row a configuration and preconditioner, in how many configurations whitening helps, and where
// it does not, why.
import type { Section } from '../report/document.ts'
import { formatInteger, formatNumber } from '../report/number.ts'
import type { Table } from '../report/table.ts'
import type { Presentation } from './experiment.ts'
import {
  conditionBlock,
  errorBlock,
  samplesBlock,
  trainingBlocks,
  wholeBlock,
} from './mixtures-figures.ts'
import { kinds, type Run } from './mixtures-grid.ts'
import { lowEigenvalueErrors } from './mixtures-measures.ts'
import {
  configurationsOf,
  heunVariance,
  irreducibleLoss,
  largestCondition,
  overSeeds,
  type Configuration,
  type Kind,
  type Score,
} from './mixtures-scores.ts'
import { groupBy } from './observe.ts'

const number = (value: number): string => formatNumber(value, 3)

const kappaOf = (configuration: Configuration, kind: Kind) =>
  overSeeds(configuration.runs(kind), ({ spectra }) => largestCondition(spectra))

function tableOf(all: readonly Configuration[]): Table {
  const format = number
  return {
    group: 'configuration',
    columns: [
      { key: 'components', label: 'components' },
      { key: 'conditionNumber', label: 'κ of each' },
      { key: 'kind', label: 'precondition' },
      { key: 'lowEigenvalue', label: 'low-eigenvalue error', better: 'lower', format },
      { key: 'worst', label: 'of the worst component', better: 'lower', format },
      { key: 'mmdWhitened', label: 'MMD², whitened', better: 'lower', format },
      { key: 'mmd', label: 'MMD²', format },
      { key: 'slicedWasserstein', label: 'sliced W2', better: 'lower', format },
      { key: 'kappa', label: 'max κ of a component', better: 'lower', format },
      { key: 'whole', label: 'of all together', format },
      { key: 'loss', label: 'loss / irreducible', format },
    ],
    rows: all.flatMap((one) =>
      kinds.map((kind) => ({
        configuration: `${one.components} ${one.conditionNumber}`,
        components: one.components,
        conditionNumber: one.conditionNumber,
        kind,
        lowEigenvalue: one.score(kind, 'lowEigenvalue'),
        worst: one.score(kind, 'worst'),
        mmdWhitened: one.score(kind, 'mmdWhitened'),
        mmd: one.score(kind, 'mmd'),
        slicedWasserstein: one.score(kind, 'slicedWasserstein'),
        kappa: kappaOf(one, kind),
        whole: overSeeds(one.runs(kind), ({ spectrum }) => largestCondition([spectrum])),
        loss: overSeeds(one.runs(kind), ({ loss, spectra }) => loss / irreducibleLoss(spectra)),
      })),
    ),
  }
}

const floorTable = (all: readonly Configuration[]): Table => ({
  columns: [
    { key: 'components', label: 'components' },
    { key: 'conditionNumber', label: 'κ of each' },
    { key: 'pairs', label: 'pairs of sets' },
    { key: 'lowEigenvalue', label: 'low-eigenvalue error', format: number },
    { key: 'worst', label: 'of the worst component', format: number },
    { key: 'mmdWhitened', label: 'MMD², whitened', format: number },
    { key: 'mmd', label: 'MMD²', format: number },
    { key: 'slicedWasserstein', label: 'sliced W2', format: number },
  ],
  rows: all.map(({ components, conditionNumber, floor, floorPairs }) => ({
    ...{ components, conditionNumber, pairs: floorPairs },
    ...floor,
  })),
})

type Verdict = 'lower' | 'higher' | 'floor'

/** Whether `kind` is lower than none; at the floor, differences say nothing. */
function verdict(configuration: Configuration, kind: Kind, score: Score): Verdict {
  const [none, own] = (['none', kind] as const).map((one) => configuration.score(one, score).mean)
  const floor = configuration.floor[score]
  if (none <= floor && own <= floor) return 'floor'
  return own < none ? 'lower' : 'higher'
}

const nameOf = ({ components, conditionNumber }: Configuration): string =>
  `${components} x ${formatNumber(conditionNumber, 1)}`

/** "3 x 10, 3 x 100; 5 components at every κ". */
function listOf(some: readonly Configuration[], all: readonly Configuration[]): string {
  const ofCount = (list: readonly Configuration[], count: number) =>
    list.filter(({ components }) => components === count)
  return [...groupBy(some, ({ components }) => components)]
    .map(([count, group]) =>
      group.length > 1 && group.length === ofCount(all, count).length
        ? `${count} components at every κ`
        : group.map(nameOf).join(', '),
    )
    .join(', ')
}

/** "is lower in 14 of 16", and every one where it is not, with what it was. */
function sentence(all: readonly Configuration[], score: Score, name: string): string {
  const by = (wanted: Verdict) => all.filter((one) => verdict(one, 'class-zca', score) === wanted)
  const [higher, floor] = [by('higher'), by('floor')]
  const reasons = [
    ...(higher.length > 0
      ? [
          `It is not in ${higher.map((one) => `${nameOf(one)} (${number(one.score('class-zca', score).mean)} against ${number(one.score('none', score).mean)}; fresh data up to ${number(one.floor[score])})`).join(', ')}.`,
        ]
      : []),
    ...(floor.length > 0
      ? [
          `In ${listOf(floor, all)} neither can be told from fresh data: both are below the largest of ${floor[0].floorPairs} pairs of independent sets of it (${range(floor.map((one) => one.floor[score]))}).`,
        ]
      : []),
  ]
  return `${name} is lower in ${by('lower').length} of ${all.length}. ${reasons.join(' ')}`.trim()
}

function range(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(number)
  return low === high ? low : `${low} to ${high}`
}

function whyMmdIsBlind(all: readonly Configuration[]): string {
  const blind = all.filter((one) => verdict(one, 'class-zca', 'mmd') === 'floor')
  if (blind.length === 0) return ''
  const errors = blind.map((one) => one.score('none', 'lowEigenvalue').mean)
  return ` There MMD² does not see what is wrong: its kernel is as wide as the distance between components, and low-eigenvalue errors of ${range(errors)} without preconditioning leave it at zero.`
}

function oneForAll(all: readonly Configuration[]): string {
  const kappas = (kind: Kind) => all.map((one) => kappaOf(one, kind).mean)
  const ratios = kappas('zca').map((kappa, at) => kappa / kappas('none')[at])
  const count = (wanted: Verdict) =>
    all.filter((one) => verdict(one, 'zca', 'lowEigenvalue') === wanted).length
  const shrunk = all.map((one) => {
    const smallest = (kind: Kind) =>
      overSeeds(one.runs(kind), ({ spectra }) => Math.min(...spectra.flat())).mean
    return smallest('none') / smallest('zca')
  })
  return `One whitening for all (zca) does not do this: the largest κ of a component is ${range(ratios)} times what it was, because the covariance it whitens is mostly that of the means; multimodality hides the worst component (Theorem 3.9). The low-eigenvalue error is lower than without in ${count('lower')} of ${all.length} configurations and higher in ${count('higher')}: it makes the narrowest direction narrower still, its variance ${range(shrunk)} times smaller against the noise that the flow starts from.`
}

/** F.2's map leaves nothing to learn for Gaussian components; a reader should know how easy that makes it. */
function caveat(all: readonly Configuration[]): string {
  const untrained = all.flatMap((one) =>
    one.runs('class-zca').flatMap(({ result }) => result.trained?.looks.filter(({ step }) => step === 0) ?? []),
  )
  const errors = untrained.flatMap(lowEigenvalueErrors)
  const mean = errors.reduce((sum, value) => sum + value, 0) / errors.length
  return `How much of this is learned: nothing has to be. A whitened Gaussian component is the noise itself, so P⁻¹ of what the untrained network gives already has a low-eigenvalue error of ${number(mean)} on average over configurations. The experiment shows that conditioning is the obstacle, not that whitening within classes settles data whose classes are not Gaussian.`
}

function hiddenByTheLoss(all: readonly Configuration[]): string {
  const same = all.filter(({ components }) => components === all[0].components)
  const [mild, hard] = [same[0], same[same.length - 1]].map((one) => ({
    name: formatNumber(one.conditionNumber, 1),
    loss: overSeeds(one.runs('none'), ({ loss, spectra }) => loss / irreducibleLoss(spectra)).mean,
    error: one.score('none', 'lowEigenvalue').mean,
  }))
  return `What the loss hides (Cor. F.3.1): with ${all[0].components} components and no preconditioning, from κ ${mild.name} to ${hard.name} the loss at the end goes from ${number(mild.loss)} to ${number(hard.loss)} times its irreducible part, the low-eigenvalue error from ${number(mild.error)} to ${number(hard.error)}.`
}

function summaryOf(all: readonly Configuration[]): string {
  const lower = all.filter((one) => kappaOf(one, 'class-zca').mean < kappaOf(one, 'none').mean).length
  return [
    `Whitening each component by itself (class-zca, F.2) against no preconditioning, in ${all.length} configurations (components x κ of each). ${sentence(all, 'lowEigenvalue', 'The low-eigenvalue error')} The largest κ along the path of a component is lower in ${lower} of ${all.length}. ${sentence(all, 'mmdWhitened', 'MMD² in units where both directions of a component count the same')}`,
    `${sentence(all, 'mmd', "MMD² in the data's own units")}${whyMmdIsBlind(all)}`,
    oneForAll(all),
    hiddenByTheLoss(all),
    caveat(all),
  ].join('\n\n')
}

function captionOf(all: readonly Configuration[]): string {
  const [run] = all[0].runs('none')
  const { steps, batch, width, depth, training, measured, pairs, projected, tolerance } = run.settings
  const seeds = all[0].runs('none').length
  const least = 1 / all[all.length - 1].conditionNumber
  return `After ${formatInteger(steps)} steps of batch ${batch}, mlp ${width} x ${depth} given the component, ${formatInteger(training)} training samples of each component; ${seeds === 1 ? 'one seed' : `mean ± standard deviation over ${seeds} seeds`}, which also turn the components. Averaged weights; dopri5 at tolerance ${tolerance}: Heun's usual 50 steps on the exact velocity would give ${number(heunVariance(least, 50))} times the true variance along the narrow direction at κ ${formatNumber(1 / least, 1)}. ${formatInteger(measured)} samples of each component against as many held out. Low-eigenvalue error: |variance − λ| / λ along a component's narrow direction, mean over components and the worst. MMD²: unbiased, median bandwidth, ${formatInteger(pairs)} samples a side; whitened: after the exact Σ_k^{-1/2} within each component, bandwidth the median within one. Sliced W2: ${formatInteger(projected)} a side. Max κ: along the path, S + 1e-6 I. Loss / irreducible: of the last steps, over (π/2) times the mean √λ. Best of each configuration in bold; below the floor (next section) differences say nothing.`
}

/** Few and many components, mild and hard ones. */
const TELLING: readonly (readonly [number, number])[] = [
  [2, 1e1],
  [3, 1e3],
  [8, 1e4],
]

export function presentMixtures(runs: readonly Run[]): Presentation {
  const all = configurationsOf(runs)
  const telling = all.filter(({ components, conditionNumber }) =>
    TELLING.some(([count, kappa]) => count === components && kappa === conditionNumber),
  )
  const sections: Section[] = [
    {
      heading: 'The floor',
      text: 'What fresh data scores in place of generated samples, the largest of several pairs of independent sets. A generator at or below it cannot be told from the data.',
      blocks: [
        {
          kind: 'details',
          summary: 'Scores of fresh data',
          blocks: [
            {
              kind: 'table',
              table: floorTable(all),
              caption: 'Largest score of pairs of independent sets of data, of the same sizes as in the results.',
            },
          ],
        },
      ],
    },
    { heading: 'Samples', blocks: telling.flatMap(samplesBlock) },
    { heading: 'Low-variance directions', blocks: [errorBlock(all)] },
    { heading: 'Conditioning of the path', blocks: [conditionBlock(all), wholeBlock(all)] },
    { heading: 'While training', blocks: trainingBlocks(all) },
  ]
  return { table: tableOf(all), caption: captionOf(all), summary: summaryOf(all), sections }
}
