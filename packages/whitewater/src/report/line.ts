// Lines over a common axis: the shape that losses, condition numbers and spectra share.
import { gridY } from '@observablehq/plot'
import { formatLogTicks, xAxis, yAxis, type AxisScale } from './axis.ts'
import { endLabels, endRoom } from './end-labels.ts'
import { figureSvg, frameHeight } from './figure.ts'
import { panelMarks } from './line-marks.ts'
import { hiddenNote, lineScales, type LineScaleOptions, type LineScales } from './line-scales.ts'
import { drawnSeries, predictedLegend, seriesLegend, type LineSeries } from './series.ts'
import { gridOpacity } from './theme.ts'

export type { LineSeries, Point } from './series.ts'

export interface LineFigureOptions extends Omit<LineScaleOptions, 'yLog' | 'yTicks'> {
  /** The calling figure, for error messages. */
  figure: string
  /** What the figure shows, for screen readers. */
  label: string
  series: readonly LineSeries[]
  xLabel: string
  yLabel: string
  /** Logarithmic y; by default wherever the values are positive and span a decade. */
  log?: boolean
  /** An ordered family of lines: named at their right ends instead of in a legend, coloured in order. */
  ends?: boolean
  note?: string
}

/** The scales, or an error that names the figure. */
export function checkedScales(
  figure: string,
  series: readonly LineSeries[],
  options: LineScaleOptions,
): LineScales {
  const scales = lineScales(series, options)
  if (scales) return scales
  throw new RangeError(
    `${figure} got ${series.length} series without a finite point, expected at least one: pass measured values`,
  )
}

/** An axis' label and its ticks; the label says where the scale is logarithmic. */
export function axisOf(label: string, { ticks, log }: AxisScale): TickedAxis {
  if (!log || typeof ticks === 'number') return [label, { ticks }]
  return [`${label} (log scale)`, { ticks, tickFormat: formatLogTicks(ticks) }]
}

export type TickedAxis = [
  label: string,
  options: { ticks: number | readonly number[]; tickFormat?: (tick: number) => string },
]

/** Joins the notes that there are. */
export const joinNotes = (...notes: readonly (string | undefined)[]): string | undefined =>
  notes.filter((note) => note !== undefined && note !== '').join(' ') || undefined

/**
 * Draws series of points as lines, each with its own colour and symbol.
 * @throws RangeError when no series holds a finite point
 */
export function lineFigure(options: LineFigureOptions): string {
  const { figure, series, xLabel, yLabel, label, note, log, ends = false } = options
  const scales = checkedScales(figure, series, { ...options, yLog: log })
  const { x, y } = scales
  const [drawn] = drawnSeries([series], figure, ends)
  return figureSvg({
    label,
    note: joinNotes(note, hiddenNote(series, scales)),
    legend: ends ? predictedLegend(drawn) : seriesLegend(drawn, true),
    ...(ends ? { marginRight: endRoom(drawn) } : {}),
    x: x.scale,
    y: y.scale,
    marks: [
      gridY({ ticks: y.ticks, strokeOpacity: gridOpacity }),
      yAxis(...axisOf(yLabel, y)),
      xAxis(...axisOf(xLabel, x)),
      panelMarks(drawn, { scales }),
      ends ? endLabels(drawn, scales, frameHeight) : [],
    ],
  })
}
