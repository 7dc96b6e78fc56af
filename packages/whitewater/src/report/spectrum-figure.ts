// Eigenvalues of a covariance in descending order, on a logarithmic axis: how badly conditioned the data is, and where.
import { lineFigure } from './line.ts'
import { formatInteger } from '../format-number.ts'
import type { LineSeries } from './series.ts'

export interface SpectrumSeries extends Omit<LineSeries, 'points'> {
  /** In any order; drawn in descending order. */
  eigenvalues: ArrayLike<number>
}

export interface SpectrumFigureOptions {
  series: readonly SpectrumSeries[]
  /** Samples each covariance was estimated from; left out for exact values. */
  samples?: number
}

/**
 * Spectra against their index. Eigenvalues that are not positive cannot stand on a logarithmic axis; the figure counts them.
 * @throws RangeError when no eigenvalue is positive
 */
export function spectrumFigure({ series, samples }: SpectrumFigureOptions): string {
  const sorted = series.map(({ eigenvalues, ...one }) => ({
    ...one,
    values: Array.from(eigenvalues).sort((a, b) => b - a),
  }))
  const left = sorted.reduce((sum, { values }) => sum + values.filter((value) => !(value > 0)).length, 0)
  const count = Math.max(0, ...sorted.map(({ values }) => values.length))
  const notes: string[] = []
  if (samples !== undefined) notes.push(`Empirical covariance of N = ${formatInteger(samples)} samples.`)
  if (left > 0) notes.push(`Not drawn, because not positive: ${formatInteger(left)}.`)
  return lineFigure({
    figure: 'spectrumFigure',
    label: `Eigenvalues in descending order: ${series.map(({ name }) => name).join(', ')}`,
    series: sorted.map(({ values, ...one }) => ({
      ...one,
      points: values.map((value, index) => ({ x: index + 1, y: value > 0 ? value : NaN })),
    })),
    xLabel: 'Index of the eigenvalue, largest first',
    yLabel: 'Eigenvalue of the covariance',
    xTicks: count <= 12 ? Array.from({ length: count }, (_, index) => index + 1) : undefined,
    log: true,
    note: notes.length > 0 ? notes.join(' ') : undefined,
  })
}
