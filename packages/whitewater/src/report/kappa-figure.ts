// Condition number of the path's covariance, kappa(S_t) = lambda_max / lambda_min (Eq. 5, 13), against path time t.
import { joinNotes, lineFigure } from './line.ts'
import { formatInteger } from '../format-number.ts'
import type { LineSeries } from './series.ts'

export interface KappaSeries extends Omit<LineSeries, 'points'> {
  /** `low` to `high` is the spread over seeds. */
  points: readonly { t: number; kappa: number; low?: number; high?: number }[]
}

export interface KappaFigureOptions {
  series: readonly KappaSeries[]
  /** Samples each covariance was estimated from; left out for exact values. */
  samples?: number
  note?: string
}

/**
 * kappa(S_t) on a logarithmic axis over t in [0, 1]; an infinite kappa is marked "∞" at the top.
 * @throws RangeError when no series holds a finite kappa
 */
export function kappaFigure({ series, samples, note }: KappaFigureOptions): string {
  return lineFigure({
    figure: 'kappaFigure',
    label: `Condition number of the covariance of x_t against path time: ${series.map(({ name }) => name).join(', ')}`,
    series: series.map(({ points, ...one }) => ({
      ...one,
      points: points.map(({ t, kappa, ...spread }) => ({ x: t, y: kappa, ...spread })),
    })),
    xLabel: 'Path time t (0 noise, 1 data)',
    yLabel: 'κ(t), condition number of Cov(x(t))',
    log: true,
    yIncludes: [1, 10],
    xDomain: [0, 1],
    note: joinNotes(
      samples === undefined ? undefined : `Empirical covariance of N = ${formatInteger(samples)} samples.`,
      note,
    ),
  })
}
