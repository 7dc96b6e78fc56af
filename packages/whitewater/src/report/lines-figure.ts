// Any curves of an experiment over one pair of axes: measured with their spread over seeds, predicted from theory.
import { lineFigure } from './line.ts'
import type { LineSeries } from './series.ts'

export interface LinesFigureOptions {
  /** What the figure shows, for screen readers. */
  label: string
  series: readonly LineSeries[]
  /** With units. */
  xLabel: string
  yLabel: string
  xLog?: boolean
  /** By default wherever the values are positive and span a decade. */
  yLog?: boolean
  /** One quiet line under the axis: N, seeds, what the bands are. */
  note?: string
}

/**
 * Measured and predicted curves over one pair of axes. Bands from `low` to `high` show the spread over seeds; points that
 * a logarithmic axis cannot show are left out, and the note says so.
 * @throws RangeError when no series holds a finite point
 */
export const linesFigure = ({ yLog, ...options }: LinesFigureOptions): string =>
  lineFigure({ figure: 'linesFigure', log: yLog, ...options })
