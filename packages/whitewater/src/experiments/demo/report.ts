// What the demo shows: a row a dataset and preconditioner, and samples, conditioning and loss of each pair.
import type { Dataset } from '../../data/dataset.ts'
import type { Section } from '../../report/document.ts'
import { formatNumber } from '../../format-number.ts'
import type { Table } from '../../report/table.ts'
import type { Comparison, Row } from '../shared/compare.ts'
import { lossBlock, pathBlock, sampleBlocks } from '../../report/run-blocks.ts'
import type { Case } from './settings.ts'

/** A case that was trained under every preconditioner. */
export interface Finished {
  readonly about: Case
  readonly reference: Dataset
  readonly runs: readonly Comparison[]
}

export const demoTable = (rows: readonly Row[]): Table => ({
  group: 'dataset',
  columns: [
    { key: 'dataset', label: 'dataset' },
    { key: 'preconditioner', label: 'precondition' },
    { key: 'parameters', label: 'parameters' },
    { key: 'steps', label: 'steps' },
    { key: 'seconds', label: 'time', unit: 's' },
    { key: 'kappa', label: 'max κ', better: 'lower' },
    { key: 'mmd', label: 'MMD²' },
    { key: 'slicedWasserstein', label: 'sliced W2', better: 'lower' },
    { key: 'lowEigenvalueError', label: 'low-eigenvalue error', better: 'lower' },
    { key: 'smallestEigenvalueRatio', label: 'λ min ratio' },
  ],
  rows: rows.map((row) => ({ ...row })),
})

export async function sectionOf({ about, runs, reference }: Finished): Promise<Section> {
  const sets = runs.map((run) => ({ name: run.row.preconditioner, run }))
  const samples = [
    { title: 'data, held out', samples: reference.samples },
    ...sets.map(({ name, run }) => ({ title: name, samples: run.samples })),
  ]
  return {
    heading: about.source,
    text: about.about,
    blocks: [
      ...(await sampleBlocks(samples)),
      pathBlock(
        sets.map(({ name, run }) => ({ name, points: run.path })),
        about.options.samples,
      ),
      lossBlock(sets.map(({ name, run }) => ({ name, points: run.losses }))),
    ],
  }
}

export function summaryOf(rows: readonly Row[]): string {
  const of = (source: string, kind: string) =>
    rows.find((row) => row.dataset === source && row.preconditioner === kind)
  const none = of('gaussian', 'none')
  const zca = of('gaussian', 'zca')
  if (!none || !zca) return ''
  const miss = (row: Row) => formatNumber(100 * Math.abs(row.smallestEigenvalueRatio - 1), 2)
  return `On the Gaussian the smallest eigenvalue of the generated covariance is off by ${miss(none)} % without preconditioning and by ${miss(zca)} % with ZCA, at equal steps and parameters. (Two sets of 10,000 samples tell eigenvalues apart to about 2 %.)`
}
