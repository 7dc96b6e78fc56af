// Table 1's page: the table, what it says, and the figures behind it.
import type { Block, Section } from '../../report/document.ts'
import { formatInteger, formatNumber } from '../../format-number.ts'
import type { Table } from '../../report/table.ts'
import type { Measured, Presentation } from '../runner/experiment.ts'
import type { MnistSettings } from './settings.ts'
import { baselineOf, entriesOf, lastOf, seedsSaid, type Entry } from './entries.ts'
import { fittingBlock, kappaBlock, lossBlock, qualityBlock, spectrumBlock } from './figures.ts'
import { reconstructionBlock, samplesBlock } from './pictures.ts'
import type { MnistResult, Prepared } from './result.ts'
import { epochsSaid, summaryOf } from './summary.ts'
import { costTable, manifoldTable, paperTable, tableOf, timeTable } from './table.ts'

const short = (hash: string): string => hash.slice(0, 12)

function captionOf(entries: readonly Entry[], { terms, extractor, images, bandwidth }: Prepared): string {
  const [{ runs }] = entries
  const [{ settings, result }] = runs
  const { epochs, batch, learningRate, field, solver } = settings
  return [
    `Field ${field.kind}, ${epochsSaid(epochs)} epochs (${formatInteger(lastOf(result).step)} steps of batch ${formatInteger(batch)}) on the latents of ${formatInteger(images.train)} images, learning rate ${learningRate}, averaged weights; ${formatInteger(result.generated)} samples, labels drawn as often as the data has them, ${solver.method} in ${solver.steps} steps; ${seedsSaid(entries)}${entries.some((entry) => entry.runs.length > 1) ? ', mean ± standard deviation' : ''}.`,
    `Against ${formatInteger(images.test)} held-out images, on ${extractor.dimension} features of '${extractor.name}' (weights ${short(terms.extractor.hash)}); autoencoder ${short(terms.autoencoder)}. MMD²: RBF of bandwidth ${formatNumber(bandwidth)}, unbiased.`,
    `Parameters of the field + of the preconditioner; matched rows have as many in the field alone. Of none: over the row none's; paper: the same ratio in the paper's Table 1 (it has MMD in a unit of its own). Bold: best, as far as seeds tell. Last rows: real training images, and the same ones as the autoencoder gives them back.`,
  ].join(' ')
}

/** Nothing without the row that times are compared with. */
function timeBlock(entries: readonly Entry[], table: Table): Block[] {
  if (!baselineOf(entries)) return []
  const caption =
    "Processor time of fit and training, in units of what none takes. FID between looks is read off a straight line of logarithms; – where a row had not been looked at by then; in the last two columns, where it never has none's FID within its own training."
  return [{ kind: 'table', table: timeTable(table), caption }]
}

const costBlock = (table: Table): Block => ({
  kind: 'table',
  table: costTable(table),
  caption:
    "κ of Cov(x_t) + 10⁻⁶ I along the path. Training of the field + of the preconditioner, counted from the programs, backward passes as twice the forward. Seconds of the processor, all threads, without measuring; the clock also ran for others on the machine. Evaluations of the field for one sample + of the preconditioner's own network.",
})

const paperBlock: Block = {
  kind: 'details',
  summary: "The paper's Table 1",
  blocks: [
    {
      kind: 'table',
      table: paperTable(),
      caption: 'As printed: 50,000 samples, up to 1,000 epochs. MMD in a unit of its own.',
    },
  ],
}

const manifoldBlock = (table: Table): Block => ({
  kind: 'table',
  table: manifoldTable(table),
  caption:
    'Whether samples lie among real images (precision, density) and reach all of them (recall, coverage): balls to the third neighbour, on the same features. Bold: best, as far as seeds tell.',
})

/** Quality over time and over epochs, as figures. */
function qualitySections(entries: readonly Entry[], table: Table, prepared: Prepared): Section[] {
  const over = (axis: 'seconds' | 'epochs') =>
    (['frechet', 'mmd'] as const).map((score) => qualityBlock(entries, prepared, score, axis))
  return [
    { heading: 'At equal time', blocks: [...timeBlock(entries, table), ...over('seconds')] },
    { heading: 'At equal steps', blocks: over('epochs') },
  ]
}

export async function presentMnist(
  runs: readonly Measured<MnistSettings, MnistResult>[],
  prepared: Prepared,
): Promise<Presentation> {
  const entries = entriesOf(runs)
  const table = tableOf(entries, prepared)
  const samples = await samplesBlock(entries, prepared)
  return {
    table,
    caption: captionOf(entries, prepared),
    summary: summaryOf(entries, prepared),
    sections: [
      { heading: 'Precision and recall', blocks: [manifoldBlock(table)] },
      ...qualitySections(entries, table, prepared),
      ...(samples.length > 0 ? [{ heading: 'Samples', blocks: samples }] : []),
      {
        heading: 'Conditioning',
        blocks: [kappaBlock(entries, prepared), spectrumBlock(entries, prepared), ...fittingBlock(entries)],
      },
      { heading: 'Cost', blocks: [costBlock(table)] },
      { heading: 'Autoencoder', blocks: [await reconstructionBlock(prepared)] },
      {
        heading: 'Behind it',
        blocks: [{ kind: 'details', summary: 'Training loss', blocks: [lossBlock(entries)] }, paperBlock],
      },
    ],
  }
}
