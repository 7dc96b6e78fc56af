// The report of one training run: what was trained, how its loss fell, what preconditioning did to the path, what it draws.
import type { Dataset } from '../data/dataset.ts'
import { firstSamples } from '../data/subset.ts'
import type { Generator } from '../generator/generator.ts'
import { runPaths, writeReport } from './files.ts'
import { readMetrics, type Metric } from '../training/metrics-log.ts'
import { reportHtml } from '../report/document.ts'
import { formatInteger, formatNumber } from '../format-number.ts'
import type { Cell } from '../report/table.ts'
import { largestKappa, pathKappa, type PathPoint } from '../metrics/path-kappa.ts'
import { lossBlock, pathBlock, sampleBlocks } from '../report/run-blocks.ts'

export interface RunReport {
  readonly folder: string
  readonly data: Dataset
  readonly generator: Generator
  readonly seed: number
  /** Measures to tabulate, by name: those of `evaluate`. */
  readonly measures?: Readonly<Record<string, Cell>>
  readonly facts: Readonly<Record<string, string>>
}

/** Samples that the covariance is measured on: enough for a picture, few enough for a moment. */
const MEASURED = 5000

function summaryOf(
  kind: string,
  data: Dataset,
  metrics: readonly Metric[],
  kappa: readonly (readonly PathPoint[])[],
): string {
  const [raw, even] = kappa.map(largestKappa)
  const last = metrics.at(-1)
  const trained = last
    ? `Trained for ${formatInteger(last.step)} steps to a loss of ${formatNumber(last.loss)}.`
    : ''
  return `${data.name}: ${formatInteger(data.samples.shape[0])} samples of shape [${data.samples.shape.slice(1).join(', ')}]. The path's largest condition number is ${formatNumber(raw)} as the data is, ${formatNumber(even)} after '${kind}'. ${trained}`
}

/** Draws samples, measures the path, and writes `report.html` into the run folder; returns its path. */
export async function writeRunReport({
  folder,
  data,
  generator,
  seed,
  measures,
  facts,
}: RunReport): Promise<string> {
  const { preconditioner } = generator.parts
  const metrics = await readMetrics(runPaths(folder).metrics)
  const raw = firstSamples(data.samples, MEASURED)
  const even = await preconditioner.transform(raw, data.labels?.subarray(0, raw.shape[0]))
  const series = [
    { name: 'data', points: await pathKappa(raw) },
    { name: preconditioner.kind, points: await pathKappa(even) },
  ]
  const image = data.samples.shape.length === 4
  const drawn = firstSamples(data.samples, image ? 64 : 2000)
  const samples = await generator.sample(drawn.shape[0], { seed })
  const measured = Object.entries(measures ?? {}).map(([measure, value]) => ({ measure, value }))
  const html = reportHtml({
    title: `Run: ${data.name}, ${preconditioner.kind}`,
    summary: summaryOf(
      preconditioner.kind,
      data,
      metrics,
      series.map(({ points }) => points),
    ),
    sections: [
      {
        heading: 'Samples',
        blocks: await sampleBlocks([
          { title: 'data', samples: drawn },
          { title: 'generated', samples },
        ]),
      },
      ...(measured.length > 0
        ? [
            {
              heading: 'Measures',
              blocks: [
                {
                  kind: 'table' as const,
                  table: {
                    columns: [
                      { key: 'measure', label: 'measure' },
                      { key: 'value', label: 'value' },
                    ],
                    rows: measured,
                  },
                  caption: 'As whitewater evaluate wrote them into evaluation.json.',
                },
              ],
            },
          ]
        : []),
      { heading: 'Conditioning', blocks: [pathBlock(series, raw.shape[0])] },
      ...(metrics.length > 0
        ? [{ heading: 'Training', blocks: [lossBlock([{ name: 'loss', points: metrics }])] }]
        : []),
    ],
    facts,
  })
  return writeReport(folder, html)
}
