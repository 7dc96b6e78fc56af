// What happens to each mode along the path: eigenvalues lambda_j(S_t) = (1-t)^2 + t^2 lambda_j (Prop. 3.1, Eq. 13).
import { modeSeries, type ModeCurves } from './modes.ts'
import { joinNotes, lineFigure } from './line.ts'

export interface PathSpectrumFigureOptions extends ModeCurves {
  /** `values[k][j]` is lambda_j(S_t) at `times[k]`; the same modes in every row. */
  values: readonly ArrayLike<number>[]
  note?: string
}

/**
 * Eigenvalues of Cov(x_t) against t on a logarithmic axis, each line labelled at its end; at most eight, evenly chosen,
 * the first and the last among them.
 * @throws RangeError when rows and times differ in number, or no value is finite
 */
export function pathSpectrumFigure({ note, ...curves }: PathSpectrumFigureOptions): string {
  const { series, chosen } = modeSeries('pathSpectrumFigure', curves)
  return lineFigure({
    figure: 'pathSpectrumFigure',
    label: 'Eigenvalues of the covariance of x_t against path time',
    series,
    xLabel: 'Path time t (0 noise, 1 data)',
    yLabel: 'Eigenvalues of Cov(x(t))',
    log: true,
    xDomain: [0, 1],
    ends: true,
    note: joinNotes(note, chosen),
  })
}
