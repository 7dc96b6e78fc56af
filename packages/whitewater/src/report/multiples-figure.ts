// Small multiples of line figures: a grid of panels with one pair of scales and one legend, for a grid of runs.
import { gridY } from '@observablehq/plot'
import { xAxis, yAxis, type AxisScale } from './axis.ts'
import { figureSvg } from './figure.ts'
import { textWidth } from './legend.ts'
import { axisOf, checkedScales, joinNotes, type TickedAxis } from './line.ts'
import { panelMarks } from './line-marks.ts'
import { hiddenNote } from './line-scales.ts'
import { formatTick } from '../format-number.ts'
import { facetOf, gridOptions, panelFrames, panelWidthOf, titleMarks, type Grid } from './panels.ts'
import { drawnSeries, seriesLegend, type LineSeries } from './series.ts'
import { gridOpacity } from './theme.ts'

export interface LinePanel {
  title: string
  series: readonly LineSeries[]
}

export interface MultiplesFigureOptions {
  /** What the figure shows, for screen readers. */
  label: string
  /** In reading order. Series of one name look alike in every panel. */
  panels: readonly LinePanel[]
  /** Panels a row; up to four by default. */
  columns?: number
  /** With units. */
  xLabel: string
  yLabel: string
  xLog?: boolean
  /** By default wherever the values are positive and span a decade. */
  yLog?: boolean
  /** One quiet line under the axis: N, seeds, what the bands are. */
  note?: string
}

const margins = { marginLeft: 52, marginRight: 16, marginTop: 46, marginBottom: 42 }

function gridOf(count: number, columns: number): Grid {
  const columnGap = columns > 3 ? 18 : 28
  const panelWidth = panelWidthOf(columns, margins, columnGap)
  const panelHeight = Math.round(Math.min(220, Math.max(96, panelWidth * 0.72)))
  return { columns, rows: Math.ceil(count / columns), panelWidth, panelHeight, columnGap, rowGap: 34 }
}

/** Rows as full as can be: 5 and 6 panels stand in threes, more than four in fours. */
const columnsFor = (count: number): number => (count <= 4 ? count : count <= 6 || count === 9 ? 3 : 4)

/** Leaves a wide tick at the right edge without its number, which the next panel's first one would touch. */
function withoutClash(
  [label, options]: TickedAxis,
  { scale }: AxisScale,
  { columns, columnGap }: Grid,
): TickedAxis {
  const { tickFormat = formatTick } = options
  const clashes = (tick: number) => tick === scale.domain[1] && textWidth(tickFormat(tick)) > columnGap
  return [label, { ...options, tickFormat: (tick) => (columns > 1 && clashes(tick) ? '' : tickFormat(tick)) }]
}

/**
 * A grid of line panels with shared scales.
 * @throws RangeError when no series holds a finite point, or for a number of columns that is not a whole number from 1
 */
export function multiplesFigure(options: MultiplesFigureOptions): string {
  const { label, panels, xLabel, yLabel, note } = options
  const columns = Math.min(options.columns ?? columnsFor(panels.length), panels.length)
  const all = panels.flatMap(({ series }) => [...series])
  const ticks = columns > 2 ? 4 : 5
  const scales = checkedScales('multiplesFigure', all, { ...options, xTicks: ticks, yTicks: ticks })
  if (!Number.isInteger(columns) || columns < 1) {
    throw new RangeError(`multiplesFigure got columns ${columns}, expected a whole number from 1`)
  }
  const { x, y } = scales
  const drawn = drawnSeries(
    panels.map(({ series }) => series),
    'multiplesFigure',
  )
  const grid = gridOf(panels.length, columns)
  const look = { scales, symbols: columns > 2 ? 3 : 5, size: columns > 2 ? 0.8 : 0.9 }
  return figureSvg({
    label,
    note: joinNotes(note, hiddenNote(all, scales)),
    legend: seriesLegend(drawn.flat(), true),
    ...gridOptions(grid, margins),
    x: x.scale,
    y: y.scale,
    marks: [
      gridY({ ticks: y.ticks, strokeOpacity: gridOpacity }),
      yAxis(...axisOf(yLabel, y)),
      xAxis(...withoutClash(axisOf(xLabel, x), x, grid)),
      panelFrames(panels.length, columns),
      panels.map(({ title }, index) => [
        titleMarks({ title }, index, grid),
        panelMarks(drawn[index], { ...look, facet: facetOf(index, columns) }),
      ]),
    ],
  })
}
