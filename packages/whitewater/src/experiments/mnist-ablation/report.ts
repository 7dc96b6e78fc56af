// Fig. 9: FID against the preconditioner's weights and against the epochs that it is trained, beside compute-matched baselines.
import type { Block } from '../../report/document.ts'
import { linesFigure } from '../../report/lines-figure.ts'
import { formatInteger } from '../../format-number.ts'
import type { LineSeries, Point } from '../../report/series.ts'
import type { Table } from '../../report/table.ts'
import type { Measured, Presentation } from '../runner/experiment.ts'
import type { AblationSettings } from './settings.ts'
import { final, kappaAt, over, seedsSaid, totalSeconds } from '../mnist/entries.ts'
import type { MnistResult, Prepared } from '../mnist/result.ts'
import { epochsSaid } from '../mnist/summary.ts'
import { countSaid, ratioSaid } from '../mnist/table.ts'
import {
  along,
  baselineNamed,
  epochsOf,
  frechetOf,
  seriesAlong,
  variantsOf,
  variedRows,
  weightsOf,
  type Axis,
  type Variant,
} from './entries.ts'
import { summaryOf } from './summary.ts'

const varies = { baseline: 'nothing', capacity: 'weights', epochs: 'epochs' } as const

function rowOf(variant: Variant, none: Variant | undefined) {
  const { settings } = variant
  const base = none && none !== variant ? frechetOf(none).mean : undefined
  return {
    row: settings.row,
    varied: settings.factor === 1 ? '–' : varies[settings.axis],
    weights: weightsOf(variant),
    epochs: epochsOf(variant),
    frechet: frechetOf(variant),
    ratio: base === undefined ? undefined : frechetOf(variant).mean / base,
    mmd: final(variant, 'mmd'),
    precision: final(variant, 'precision'),
    recall: final(variant, 'recall'),
    kappaEnd: over(variant, (result) => kappaAt(result, 1)),
    fitSeconds: over(variant, ({ fit }) => fit.cpu),
    seconds: over(variant, totalSeconds),
  }
}

const tableOf = (variants: readonly Variant[]): Table => ({
  columns: [
    { key: 'row', label: 'row' },
    { key: 'varied', label: 'less of' },
    {
      key: 'weights',
      label: "preconditioner's weights",
      format: (value) => (value > 0 ? countSaid(value) : '–'),
    },
    { key: 'epochs', label: 'its epochs', format: (value) => (value > 0 ? epochsSaid(value) : '–') },
    { key: 'frechet', label: 'FID', better: 'lower' },
    { key: 'ratio', label: 'of none', format: ratioSaid },
    { key: 'precision', label: 'precision', better: 'higher' },
    { key: 'recall', label: 'recall', better: 'higher' },
    { key: 'kappaEnd', label: 'κ at t = 1' },
    { key: 'fitSeconds', label: 'fit', unit: 's' },
    { key: 'seconds', label: 'in all', unit: 's' },
  ],
  rows: variants.map((variant) => rowOf(variant, baselineNamed(variants, 'none'))),
})

const axes = {
  capacity: {
    label: "Preconditioner's weights, thousands",
    of: "the preconditioner's weights, trained as long as in Table 1",
    unit: 1e3,
  },
  epochs: {
    label: "Preconditioner's epochs",
    of: 'the epochs that the preconditioner is trained, in the size of Table 1',
    unit: 1,
  },
} as const

function pointOf(variant: Variant, x: number): Point {
  const { mean, deviation, count } = frechetOf(variant)
  return { x, y: mean, ...(count > 1 && { low: mean - deviation, high: mean + deviation }) }
}

function blockAlong(variants: readonly Variant[], axis: Axis): Block {
  const { label, of, unit } = axes[axis]
  const series = variedRows(variants).map((row): LineSeries => {
    const points = seriesAlong(variants, row, axis).map((one) => pointOf(one, along[axis](one) / unit))
    return { name: row, points }
  })
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x))
  const levels = ['none', 'none-matched'].flatMap((row): LineSeries[] => {
    const baseline = baselineNamed(variants, row)
    if (!baseline) return []
    const y = frechetOf(baseline).mean
    const points = [Math.min(...xs), Math.max(...xs)].map((x) => ({ x, y }))
    return [{ name: row, style: 'predicted', neutral: row === 'none', points }]
  })
  return {
    kind: 'figure',
    name: `fid-against-${axis}`,
    svg: linesFigure({
      label: `FID against the ${label.toLowerCase()}`,
      series: [...series, ...levels],
      xLabel: label,
      yLabel: 'FID',
      xLog: true,
    }),
    caption: `FID at the end of the generator's training against ${of} (Fig. 9); ${seedsSaid(variants)}. Dashed: no preconditioner, and as many weights in the field alone as field and full preconditioner have together (none-matched).`,
  }
}

function captionOf([{ settings, runs }]: readonly Variant[], { images, extractor }: Prepared): string {
  const { epochs, batch, field } = settings
  return `Field ${field.kind}, ${epochsSaid(epochs)} epochs of batch ${formatInteger(batch)} in every row; ${formatInteger(runs[0].result.generated)} samples against ${formatInteger(images.test)} held-out images on features of '${extractor.name}'; ${seedsSaid([{ runs }])}. less of: what a row has less of than Table 1's. In all: processor time of fit and training. Of none: over the row without a preconditioner.`
}

export function presentAblation(
  runs: readonly Measured<AblationSettings, MnistResult>[],
  prepared: Prepared,
): Presentation {
  const variants = variantsOf(runs)
  return {
    table: tableOf(variants),
    caption: captionOf(variants, prepared),
    summary: summaryOf(variants),
    sections: [
      { heading: 'Capacity', blocks: [blockAlong(variants, 'capacity')] },
      { heading: 'Training', blocks: [blockAlong(variants, 'epochs')] },
    ],
  }
}
