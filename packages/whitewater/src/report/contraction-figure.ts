// How fast gradient descent forgets its error along each eigendirection: |1 - 2 eta lambda_j(S_t)| against t (Thm 3.3, Eq. 16).
import { modeSeries, type ModeCurves } from './modes.ts'
import { joinNotes, lineFigure } from './line.ts'

export interface ContractionFigureOptions extends ModeCurves {
  /** `values[k][j]` is the factor by which a step shrinks mode j's error at `times[k]`; the same modes in every row. */
  values: readonly ArrayLike<number>[]
  note?: string
}

/**
 * Contraction factors per step against t, each line labelled at its end; at most eight, evenly chosen, the first and the
 * last among them. Zero is gone in one step, one never learns.
 * @throws RangeError when rows and times differ in number, or no value is finite
 */
export function contractionFigure({ note, ...curves }: ContractionFigureOptions): string {
  const { series, chosen } = modeSeries('contractionFigure', curves)
  return lineFigure({
    figure: 'contractionFigure',
    label: 'Contraction of the error per gradient step and eigendirection against path time',
    series,
    xLabel: 'Path time t (0 noise, 1 data)',
    yLabel: 'Contraction factor per step (0 at once, 1 never)',
    log: false,
    yIncludes: [0, 1],
    xDomain: [0, 1],
    ends: true,
    note: joinNotes(note, chosen),
  })
}
