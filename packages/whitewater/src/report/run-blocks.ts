// Blocks that reports of runs share: samples beside the data, conditioning of the path, loss.
import { ndarray, sizeOf } from '@whitewater/tensor'
import type { Samples } from '../precondition/preconditioner.ts'
import type { Block } from './document.ts'
import { imageGrid } from './image-grid.ts'
import { kappaFigure, type KappaSeries } from './kappa-figure.ts'
import { lossFigure, type LossSeries } from './loss-figure.ts'
import { formatInteger } from '../format-number.ts'
import { scatterFigure } from './scatter-figure.ts'
import { extremePlane } from './extreme-plane.ts'

export interface SampleSet {
  readonly title: string
  readonly samples: Samples
}

/** Images drawn of each set. */
const IMAGES = 64

async function imageBlock({ title, samples }: SampleSet): Promise<Block> {
  const [available, ...shape] = samples.shape
  const count = Math.min(IMAGES, available)
  const images = ndarray(samples.data.subarray(0, count * sizeOf(shape)), [count, ...shape])
  const caption = `${title}: the first ${count} of ${formatInteger(available)}`
  return { kind: 'image', source: await imageGrid({ images, columns: 16 }), description: caption, caption }
}

const isImages = ({ samples: { shape } }: SampleSet): boolean =>
  shape.length === 4 && (shape[1] === 1 || shape[1] === 3)

/** Images as grids, points as they are, other vectors in the plane of the first set's widest and narrowest directions. */
export async function sampleBlocks(sets: readonly SampleSet[]): Promise<Block[]> {
  if (sets.every(isImages)) return Promise.all(sets.map(imageBlock))
  const dimension = sizeOf(sets[0].samples.shape.slice(1))
  if (dimension === 1) return []
  if (dimension === 2) {
    const panels = sets.map(({ title, samples }) => ({ title, points: samples.data }))
    return [
      {
        kind: 'figure',
        svg: scatterFigure({ panels, axisLabels: ['x₁', 'x₂'] }),
        caption: 'Points of each set on one pair of axes.',
      },
    ]
  }
  const svg = scatterFigure({
    panels: extremePlane(sets[0].samples, sets),
    axisLabels: ['widest direction, standard deviations', 'narrowest direction, standard deviations'],
  })
  const caption =
    "Samples along the widest and the narrowest principal direction of the data, each in units of the data's own standard deviation: a cloud as round as the data is right."
  return [{ kind: 'figure', svg, caption }]
}

/** kappa(S_t) of each series, from the covariance of `count` samples. */
export const pathBlock = (series: readonly KappaSeries[], count: number | undefined): Block => ({
  kind: 'figure',
  svg: kappaFigure({ series: [...series] }),
  caption: `Condition number of Cov(x_t) along the path: Eq. 13 from the covariance of ${count === undefined ? 'the' : formatInteger(count)} training samples, S + 1e-6 I.`,
})

export const lossBlock = (series: readonly LossSeries[]): Block => ({
  kind: 'figure',
  svg: lossFigure({ series: [...series] }),
  caption:
    series.length > 1
      ? 'Training loss per feature. Each space has its own units, so heights do not compare between curves.'
      : 'Training loss per feature, in the units of the preconditioned space.',
})
