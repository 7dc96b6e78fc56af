// What the mixtures experiment shows: a row a configuration and preconditioner, the floor under them, and the figures.
import type { Section } from '../../report/document.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Table } from '../../report/table.ts'
import type { Presentation } from '../runner/experiment.ts'
import { conditionBlock, errorBlock, samplesBlock, wholeBlock } from './figures.ts'
import { kinds, type Run } from './settings.ts'
import {
  configurationsOf,
  heunVariance,
  irreducibleLoss,
  kappaOf,
  largestCondition,
  overSeeds,
  type Configuration,
} from './scores.ts'
import { number, summaryOf } from './summary.ts'
import { componentsBlock, trainingBlocks } from './training-figures.ts'

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
    components,
    conditionNumber,
    pairs: floorPairs,
    ...floor,
  })),
})

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
  const { equal: all, unequal } = configurationsOf(runs)
  const telling = all.filter(({ components, conditionNumber }) =>
    TELLING.some(([count, kappa]) => count === components && kappa === conditionNumber),
  )
  const sections: Section[] = [
    {
      heading: 'The floor',
      text: 'What fresh data scores in place of generated samples, the largest in size of several pairs of independent sets. A generator at or below it cannot be told from the data.',
      blocks: [
        {
          kind: 'details',
          summary: 'Scores of fresh data',
          blocks: [
            {
              kind: 'table',
              table: floorTable(all),
              caption:
                'Largest score, in size, of pairs of independent sets of data, as large as those of the results.',
            },
          ],
        },
      ],
    },
    { heading: 'Samples', blocks: telling.flatMap(samplesBlock) },
    { heading: 'Low-variance directions', blocks: [errorBlock(all)] },
    ...(unequal.length > 0
      ? [{ heading: 'One hard component among easy ones', blocks: unequal.map(componentsBlock) }]
      : []),
    { heading: 'Conditioning of the path', blocks: [conditionBlock(all), wholeBlock(all)] },
    { heading: 'While training', blocks: trainingBlocks(all) },
  ]
  return {
    table: tableOf(all),
    caption: captionOf(all),
    summary: summaryOf({ equal: all, unequal }),
    sections,
  }
}
