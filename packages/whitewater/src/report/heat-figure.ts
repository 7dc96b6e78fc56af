// Heat maps: one number per row and column, such as eigendirection x time bin (Cor. F.3.1); one colour scale for all panels.
import { rect, text, type Markish } from '@observablehq/plot'
import { xAxis, yAxis } from './axis.ts'
import { colorBar, colorScale, type ColorScale } from './color-scale.ts'
import { figureSvg } from './figure.ts'
import { textWidth } from './legend.ts'
import { joinNotes } from './line.ts'
import { formatInteger, formatNumber } from '../format-number.ts'
import {
  facetOf,
  gridOptions,
  panelFrames,
  panelWidthOf,
  titleMarks,
  type Grid,
  type Margins,
} from './panels.ts'
import { inkOn } from './theme.ts'

/** `values[row][column]`; NaN cells stay blank. */
type Values = readonly ArrayLike<number>[]

export interface HeatPanel {
  title: string
  values: Values
}

export interface HeatFigureOptions {
  /** What the figure shows, for screen readers. */
  label: string
  /** Names of the rows, from the top. */
  rows: readonly string[]
  /** Names of the columns, or the edges of numeric bins: one more than columns, ascending. */
  columns: readonly string[] | readonly number[]
  /** One panel's values; or several panels, with one colour scale. */
  values?: Values
  panels?: readonly HeatPanel[]
  /** With units. */
  rowLabel: string
  columnLabel: string
  valueLabel: string
  /** Logarithmic colours; values that are not positive stay blank. */
  log?: boolean
  note?: string
}

interface Cell {
  x1: number
  x2: number
  y1: number
  y2: number
  value: number
}

const most = 200

/** Positions of the columns' edges: those of numeric bins, or 0, 1, 2, ... */
const edgesOf = (columns: HeatFigureOptions['columns']): number[] => {
  const numbers = columns.filter((column) => typeof column === 'number')
  return numbers.length > 0 ? numbers : Array.from({ length: columns.length + 1 }, (_, index) => index)
}

function checkedPanels({ rows, columns, values, panels }: HeatFigureOptions): readonly HeatPanel[] {
  const all = panels ?? (values ? [{ title: '', values }] : [])
  const edges = edgesOf(columns)
  const width = edges.length - 1
  if (all.length === 0 || rows.length === 0 || width < 1 || rows.length > most || width > most) {
    throw new RangeError(
      `heatFigure got ${all.length} panels of ${rows.length} rows and ${width} columns, expected at least one of each and at most ${most} rows and columns: pass values or panels, in bins where they are many`,
    )
  }
  if (edges.some((edge, index) => index > 0 && !(edge > edges[index - 1]))) {
    throw new RangeError(`heatFigure got column edges ${edges.join(', ')}, expected ascending numbers`)
  }
  for (const { title, values } of all) {
    const uneven = values.find((row) => row.length !== width)
    if (values.length === rows.length && !uneven) continue
    throw new RangeError(
      `heatFigure panel '${title}' has ${values.length} rows${uneven ? `, one of ${uneven.length} columns` : ''}, expected ${rows.length} of ${width}`,
    )
  }
  return all
}

const cellsOf = (values: Values, edges: readonly number[]): Cell[] =>
  values.flatMap((row, y1) =>
    Array.from(row, (value, index) => ({ x1: edges[index], x2: edges[index + 1], y1, y2: y1 + 1, value })),
  )

const columnGap = 20

function gridOf(count: number, rows: number, columns: number, margins: Margins): Grid {
  const across = Math.min(count, count === 4 ? 2 : columns > 8 ? 2 : 3)
  const panelWidth = panelWidthOf(across, margins, columnGap)
  const panelHeight = Math.round(rows * Math.max(4, Math.min(26, 320 / rows)))
  return { columns: across, rows: Math.ceil(count / across), panelWidth, panelHeight, columnGap, rowGap: 34 }
}

/** Ticks in the middle of named cells, every n-th where names would touch. */
function nameTicks(names: readonly string[], room: number, need: number): number[] {
  const step = Math.max(1, Math.ceil(need / (room / names.length)))
  return names.flatMap((_, index) => (index % step === 0 ? [index + 0.5] : []))
}

/** Numbers in their cells, when every one of them has room. */
function valueMarks(
  cells: readonly Cell[],
  facet: Readonly<Record<string, () => number>>,
  { panelWidth, panelHeight }: Grid,
  [edges, rows]: [readonly number[], number],
  colors: ColorScale,
): Markish[] {
  const narrowest = Math.min(...edges.slice(1).map((edge, index) => edge - edges[index]))
  const room = (narrowest / (edges[edges.length - 1] - edges[0])) * panelWidth
  const said = cells.map((cell) => ({ ...cell, text: formatNumber(cell.value, 2) }))
  if (panelHeight / rows < 16 || said.some((cell) => textWidth(cell.text) > room)) return []
  const at = {
    ...facet,
    x: (cell: Cell) => (cell.x1 + cell.x2) / 2,
    y: (cell: Cell) => cell.y1 + 0.5,
  } as const
  const ink = (cell: Cell) => (colors.shows(cell.value) ? inkOn(colors.colorOf(cell.value)) : 'currentColor')
  return ['currentColor', 'black', 'white'].map((fill) =>
    text(
      said.filter((cell) => ink(cell) === fill),
      { ...at, text: 'text', fill, fontSize: 11 },
    ),
  )
}

/** What blank cells are. */
function blankNote(values: readonly number[], colors: ColorScale): string | undefined {
  const blank = values.filter((value) => !colors.shows(value))
  const missing = blank.filter(Number.isNaN).length
  const rest = blank.length - missing
  const parts: string[] = []
  if (missing > 0) parts.push(`${formatInteger(missing)} without a value`)
  if (rest > 0) parts.push(`${formatInteger(rest)} ${colors.log ? 'not positive or ' : ''}not finite`)
  return parts.length > 0 ? `Blank cells: ${parts.join(', ')}.` : undefined
}

/** Both axes: names in the middle of their cells, numeric bins on a scale of numbers. */
function axes(options: HeatFigureOptions, { panelWidth, panelHeight }: Grid): Markish[] {
  const { rows, columns, rowLabel, columnLabel } = options
  const names = columns.filter((column) => typeof column === 'string')
  return [
    yAxis(rowLabel, {
      ticks: nameTicks(rows, panelHeight, 14),
      tickFormat: (at: number) => rows[Math.floor(at)],
    }),
    names.length === 0
      ? xAxis(columnLabel, { ticks: Math.max(2, Math.round(panelWidth / 70)) })
      : xAxis(columnLabel, {
          ticks: nameTicks(names, panelWidth, Math.max(...names.map(textWidth)) + 6),
          tickFormat: (at: number) => names[Math.floor(at)],
        }),
  ]
}

/** One panel's cells with their numbers. */
function cellMarks(
  values: Values,
  index: number,
  edges: readonly number[],
  grid: Grid,
  colors: ColorScale,
): Markish[] {
  const facet = facetOf(index, grid.columns)
  const cells = cellsOf(values, edges)
  const inset = grid.panelWidth / edges.length > 10 && grid.panelHeight / values.length > 10 ? 0.5 : 0
  return [
    rect(
      cells.filter(({ value }) => colors.shows(value)),
      {
        ...facet,
        x1: 'x1',
        x2: 'x2',
        y1: 'y1',
        y2: 'y2',
        fill: 'value',
        inset,
        // no hairlines of the page between cells
        shapeRendering: 'crispEdges',
      },
    ),
    valueMarks(cells, facet, grid, [edges, values.length], colors),
  ]
}

/**
 * Values as colours of one perceptually uniform scale (viridis, legible in grey and to colour-blind readers), in numbers too
 * where cells have room.
 * @throws RangeError without a finite value, or when values do not fit rows and columns
 */
export function heatFigure(options: HeatFigureOptions): string {
  const { label, rows, columns, valueLabel, log = false, note } = options
  const panels = checkedPanels(options)
  const edges = edgesOf(columns)
  const values = panels.flatMap((panel) => panel.values.flatMap((row) => Array.from(row)))
  const colors = colorScale('heatFigure', values, log)
  const titled = panels.some(({ title }) => title !== '')
  const margins = {
    marginLeft: Math.min(180, Math.max(...rows.map(textWidth)) + 14),
    marginRight: 12,
    marginTop: titled ? 46 : 30,
    marginBottom: 42,
  }
  const grid = gridOf(panels.length, rows.length, edges.length - 1, margins)
  return figureSvg({
    label,
    note: joinNotes(note, blankNote(values, colors)),
    legend: [colorBar(valueLabel, colors)],
    ...gridOptions(grid, margins),
    x: { type: 'linear', domain: [edges[0], edges[edges.length - 1]] },
    y: { type: 'linear', domain: [rows.length, 0] },
    color: colors.options,
    marks: [
      axes(options, grid),
      panelFrames(panels.length, grid.columns),
      panels.map((panel, index) => [
        cellMarks(panel.values, index, edges, grid, colors),
        titled ? titleMarks({ title: panel.title }, index, grid) : [],
      ]),
    ],
  })
}
