// One description of a table, printed twice: as HTML with the best values marked, and as aligned text for a terminal.
import { deviationOf, isNumeric, isSpread, printSpread, valueOf, type Cell, type Printed } from './cell.ts'
import { escapeHtml } from './html.ts'
import { formatInteger, formatNumber } from '../format-number.ts'

export interface Column {
  key: string
  label: string
  unit?: string
  /** Which direction is better; the best value of the column is marked, and what its spread does not tell from it. */
  better?: 'lower' | 'higher'
  /** How a number prints; by default {@link formatNumber}, or in full when the whole column is whole numbers. */
  format?: (value: number) => string
}

export interface Table {
  columns: readonly Column[]
  rows: readonly Readonly<Record<string, Cell>>[]
  /** Key of a column: best values are marked among the rows that share its value, instead of among all. */
  group?: string
}

export type { Cell, Spread } from './cell.ts'

interface PrintedCell extends Printed {
  numeric: boolean
  best: boolean
}

/**
 * Which cells of a column are best: the best finite value, and all that the spread of either does not tell from it. None
 * without a direction, with nothing to compare, or where nothing can be told apart.
 */
function bestAmong(cells: readonly Cell[], better: Column['better']): boolean[] {
  const finite = cells.filter(isNumeric).filter((cell) => Number.isFinite(valueOf(cell)))
  const none = cells.map(() => false)
  if (better === undefined || finite.length < 2) return none
  const sign = better === 'lower' ? 1 : -1
  const best = finite.reduce((a, b) => (sign * valueOf(b) < sign * valueOf(a) ? b : a))
  const tied = (cell: Cell): boolean =>
    isNumeric(cell) &&
    Math.abs(valueOf(cell) - valueOf(best)) <= Math.max(deviationOf(cell), deviationOf(best))
  return finite.every(tied) ? none : cells.map(tied)
}

const widthOf = (text: string): number => [...text].length

/** Digits after the decimal point; -1 without one, undefined for what is no plain decimal number. */
const decimalsIn = (text: string): number | undefined => {
  if (!/^[−\d,.]+$/.test(text)) return undefined
  const at = text.indexOf('.')
  return at < 0 ? -1 : text.length - at - 1
}

/** Pads after the decimal point, so that right-aligned numbers stand point under point. */
function alignPoints(texts: readonly string[], space: Space): string[] {
  const decimals = texts.map(decimalsIn)
  const longest = Math.max(-1, ...decimals.map((count) => count ?? -1))
  return texts.map((text, index) => {
    const digits = decimals[index]
    if (digits === undefined || digits >= longest) return text
    return text + (digits < 0 ? space.point : '') + space.digit.repeat(longest - Math.max(0, digits))
  })
}

/** Spaces as wide as a digit and as a decimal point. */
interface Space {
  digit: string
  point: string
}

/** Points under points, "±" under "±"; cells without a deviation leave its room empty. */
function aligned(cells: readonly PrintedCell[], space: Space): string[] {
  const means = alignPoints(
    cells.map(({ text, numeric }) => (numeric ? text : '')),
    space,
  )
  const room = Math.max(...cells.map(({ deviation = '' }) => widthOf(deviation)))
  return cells.map(({ text, numeric, deviation }, index) => {
    if (!numeric) return text + (room > 0 ? space.digit.repeat(room + 3) : '')
    if (room === 0) return means[index]
    const said = deviation === undefined ? '' : ` ± ${deviation}`
    return means[index] + said + space.digit.repeat(room + 3 - widthOf(said))
  })
}

/** Which rows are best in a column, each among those of its group, or of the whole table. */
function bestRows({ key, better }: Column, { rows, group }: Table): boolean[] {
  const groups = new Map<Cell, number[]>()
  rows.forEach((row, index) => {
    const name = group === undefined ? undefined : row[group]
    groups.set(name, [...(groups.get(name) ?? []), index])
  })
  const best = rows.map(() => false)
  for (const members of groups.values()) {
    const marks = bestAmong(
      members.map((index) => rows[index][key]),
      better,
    )
    members.forEach((index, at) => (best[index] = marks[at]))
  }
  return best
}

function printColumn(column: Column, table: Table): PrintedCell[] {
  const cells = table.rows.map((row) => row[column.key])
  const numbers = cells.filter((cell) => typeof cell === 'number').filter(Number.isFinite)
  const format = column.format ?? (numbers.every(Number.isInteger) ? formatInteger : formatNumber)
  const best = bestRows(column, table)
  return cells.map((cell, row) => {
    if (!isNumeric(cell))
      return { text: cell === null || cell === undefined ? '–' : String(cell), numeric: false, best: false }
    const printed = isSpread(cell)
      ? printSpread(cell, column.format)
      : { text: Number.isFinite(cell) ? format(cell) : formatNumber(cell) }
    return { ...printed, numeric: true, best: best[row] }
  })
}

/** Columns of numbers, missing values aside, are set flush right. */
const isNumericColumn = ({ key }: Column, rows: Table['rows']): boolean =>
  rows.some((row) => isNumeric(row[key])) && rows.every((row) => isNumeric(row[key]) || row[key] == null)

const arrows = { lower: '↓', higher: '↑' }

function headingOf({ label, unit, better }: Column): string {
  return label + (unit === undefined ? '' : `, ${unit}`) + (better === undefined ? '' : ` ${arrows[better]}`)
}

function checked({ columns, rows }: Table): void {
  if (columns.length === 0 || rows.length === 0) {
    throw new RangeError(
      `table has ${columns.length} columns and ${rows.length} rows, expected at least one of each`,
    )
  }
}

/** More than a column of text has room for: such a table may reach into the page's margins. */
const isWide = (columns: Table['columns'], texts: readonly string[][]): boolean =>
  columns.length > 6 || texts.reduce((sum, cells) => sum + Math.max(...cells.map(widthOf)) + 3, 0) > 72

/**
 * The table as HTML. The best value of each column with a direction is set in `<strong>`, ties all of them.
 * @throws RangeError without a column or a row
 */
export function htmlTable(table: Table): string {
  checked(table)
  const { columns, rows } = table
  const kind = columns.map((column) => (isNumericColumn(column, rows) ? ' class="number"' : ''))
  const printed = columns.map((column) => printColumn(column, table))
  // figure and punctuation spaces are as wide as a digit and a point
  const texts = printed.map((cells) => aligned(cells, { digit: '\u2007', point: '\u2008' }))
  const head = columns.map((column, c) => `<th scope="col"${kind[c]}>${escapeHtml(headingOf(column))}</th>`)
  const body = rows.map((_, r) => {
    const cells = printed.map((cells, c) => {
      const text = escapeHtml(texts[c][r])
      const content = cells[r].best ? `<strong>${text}</strong>` : text
      return c === 0 && kind[c] === '' ? `<th scope="row">${content}</th>` : `<td${kind[c]}>${content}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  return `<table${isWide(columns, texts) ? ' class="wide"' : ''}>\n<thead><tr>${head.join('')}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`
}

/**
 * The table as aligned text: a rule under the headings, `*` after the best values.
 * @throws RangeError without a column or a row
 */
export function textTable(table: Table): string {
  checked(table)
  const { columns, rows } = table
  const texts = columns.map((column) => {
    const cells = printColumn(column, table)
    const printed = aligned(cells, { digit: ' ', point: ' ' })
    const marks = cells.some(({ best }) => best)
    const starred = (text: string) => text.trimEnd() + '*' + ' '.repeat(text.length - text.trimEnd().length)
    const marked = (text: string, { best }: PrintedCell) => (best ? starred(text) : text + (marks ? ' ' : ''))
    return [headingOf(column), ...cells.map((cell, r) => marked(printed[r], cell))]
  })
  const lines = [0, ...rows.map((_, r) => r + 1)].map((r) =>
    texts
      .map((column, c) => {
        const fill = ' '.repeat(Math.max(...column.map(widthOf)) - widthOf(column[r]))
        return isNumericColumn(columns[c], rows) ? fill + column[r] : column[r] + fill
      })
      .join('  ')
      .trimEnd(),
  )
  const rule = texts.map((column) => '─'.repeat(Math.max(...column.map(widthOf)))).join('  ')
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}
