// Training loss against optimizer step (Eq. 2 of the paper when the loss is the flow-matching objective).
import { formatInteger } from '../format-number.ts'
import { lineFigure, type LineSeries, type Point } from './line.ts'

export interface LossSeries extends Omit<LineSeries, 'points'> {
  points: readonly { step: number; loss: number }[]
}

export interface LossFigureOptions {
  series: readonly LossSeries[]
  /** What the loss is and its unit; the axis says it. */
  lossLabel?: string
}

const most = 400

/** Means over windows of `window` consecutive points, so that a long noisy curve stays legible and small. */
function windowMeans(points: LossSeries['points'], window: number): Point[] {
  const means: Point[] = []
  for (let start = 0; start < points.length; start += window) {
    const part = points.slice(start, start + window)
    const mean = (value: (point: LossSeries['points'][number]) => number) =>
      part.reduce((sum, point) => sum + value(point), 0) / part.length
    means.push({ x: mean(({ step }) => step), y: mean(({ loss }) => loss) })
  }
  return means
}

/**
 * Loss curves. Series longer than 400 points are drawn as means over equal windows, and the figure says so.
 * @throws RangeError when no series holds a finite loss
 */
export function lossFigure({ series, lossLabel = 'Loss' }: LossFigureOptions): string {
  const windows = series.map(({ points }) => Math.max(1, Math.ceil(points.length / most)))
  const widest = Math.max(1, ...windows)
  return lineFigure({
    figure: 'lossFigure',
    label: `${lossLabel} against training step: ${series.map(({ name }) => name).join(', ')}`,
    series: series.map(({ points, ...one }, index) => ({
      ...one,
      points: windowMeans(points, windows[index]),
    })),
    xDomain: [0, Math.max(1, ...series.flatMap(({ points }) => points.slice(-1).map(({ step }) => step)))],
    xLabel: 'Training step',
    yLabel: lossLabel,
    note:
      widest > 1 ? `Each point is the mean of up to ${formatInteger(widest)} recorded losses.` : undefined,
  })
}
