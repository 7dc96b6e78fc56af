// Tables of numbers as text: one sample a line, separated by commas, semicolons or tabs, with or without a header line.
import { ndarray, type NdArray } from '@whitewater/tensor'
import { failureError, usageError } from '../errors.ts'

export interface CsvTable {
  /** Column names without the label column; absent when the file has no header. */
  readonly columns?: readonly string[]
  /** [lines, columns], without the label column. */
  readonly values: NdArray<Float64Array>
  /** Cells of the label column as they stand, one a line; absent when none was asked for. */
  readonly labels?: readonly string[]
}

export interface CsvOptions {
  /** Name in the header, or index from 0 (negative: from the end), of the column that holds class labels. */
  readonly labelColumn?: string | number
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const SPECIAL = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['infinity', Infinity],
])

/** The number in a cell, NaN and infinity included; undefined when it holds none. */
function numberIn(cell: string): number | undefined {
  if (NUMBER.test(cell)) return Number(cell)
  const special = SPECIAL.get(cell.toLowerCase().replace(/^[+-]/, ''))
  return special === undefined ? undefined : cell.startsWith('-') ? -special : special
}

/** Splits at separators outside double quotes, and trims. */
function cellsOf(line: string, separator: string): string[] {
  if (separator === ' ') return line.trim().split(/\s+/)
  if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim())
  const cells = ['']
  let quoted = false
  for (const character of line) {
    if (character === '"') quoted = !quoted
    else if (character === separator && !quoted) cells.push('')
    else cells[cells.length - 1] += character
  }
  return cells.map((cell) => cell.trim())
}

/** Blanks separate cells only where nothing else does and they make numbers of the whole line: names may hold blanks. */
function separatorOf(line: string): string {
  const blanks = line.trim().split(/\s+/)
  return (
    [',', ';', '\t'].find((candidate) => line.includes(candidate)) ??
    (blanks.every((cell) => numberIn(cell) !== undefined) ? ' ' : ',')
  )
}

function labelIndex(
  given: string | number,
  header: readonly string[] | undefined,
  width: number,
  name: string,
): number {
  const number = Number(given)
  const index = header?.indexOf(String(given)) ?? -1
  if (index >= 0) return index
  if (Number.isInteger(number) && number < width && number >= -width)
    return number < 0 ? number + width : number
  const known = header ? `columns ${header.join(', ')}` : `${width} columns and no header`
  throw usageError(`${name} has no label column '${given}': it has ${known}`)
}

/**
 * The first line is a header when none of its cells is a number. Empty lines and lines that begin with # are skipped.
 * @throws WhitewaterError with line and column for a cell that is no number, and with the line for a ragged one
 */
export function parseCsv(text: string, name: string, options: CsvOptions = {}): CsvTable {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  const filled = lines.map((line, at) => ({ line, at: at + 1 })).filter(({ line }) => /^\s*[^\s#]/.test(line))
  if (filled.length === 0) throw failureError(`${name} is empty, expected one sample a line`)
  const separator = separatorOf(filled[0].line)
  const first = cellsOf(filled[0].line, separator)
  const header = first.some((cell) => numberIn(cell) !== undefined) ? undefined : first
  const labelled =
    options.labelColumn === undefined ? -1 : labelIndex(options.labelColumn, header, first.length, name)
  const rows = header ? filled.slice(1) : filled
  const width = first.length - (labelled < 0 ? 0 : 1)
  const values = new Float64Array(rows.length * width)
  const labels: string[] = []
  let next = 0
  for (const { line, at } of rows) {
    const cells = cellsOf(line, separator)
    if (cells.length !== first.length) {
      throw failureError(
        `${name} line ${at} has ${cells.length} cells, expected ${first.length} as on line ${filled[0].at}`,
      )
    }
    cells.forEach((cell, column) => {
      if (column === labelled) labels.push(cell)
      else values[next++] = numberIn(cell) ?? notNumber(name, at, column, cell)
    })
  }
  return {
    columns: header?.filter((_, column) => column !== labelled),
    values: ndarray(values, [rows.length, width]),
    labels: labelled < 0 ? undefined : labels,
  }
}

function notNumber(name: string, line: number, column: number, cell: string): never {
  const hint = 'expected a number; if it is a class label, name its column as the label column'
  throw failureError(`${name} line ${line}, column ${column + 1} holds '${cell.slice(0, 40)}': ${hint}`)
}
