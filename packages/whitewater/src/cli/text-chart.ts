// Lines over t in [0, 1] drawn with characters, within 80 columns.

export interface ChartSeries {
  readonly name: string
  /** At even steps from t = 0 to t = 1. */
  readonly values: readonly number[]
}

const MARKS = ['●', '○', '▲', '△', '■', '□', '◆', '◇', '★', '☆', '+', '×']
const HEIGHT = 8
/** Characters from one value to the next. */
const STRIDE = 3
const MARGIN = 9
const WIDTH = 80

interface Drawn {
  readonly name: string
  readonly mark: string
  /** Row of each value, from the top. */
  readonly rows: readonly number[]
}

/** Entries of the legend; a series that others hide from end to end says behind which it lies. */
function legendOf(drawn: readonly Drawn[]): string[] {
  return drawn.map(({ name, mark, rows }, index) => {
    const before = drawn.slice(0, index)
    const seen = rows.some((row, i) => before.every((other) => other.rows[i] !== row))
    const cover = before.find((other) => rows.every((row, i) => other.rows[i] === row))
    if (seen) return `${mark} ${name}`
    return `${mark} ${name} (behind ${cover ? cover.mark : 'the others'})`
  })
}

/** Entries side by side, as many a line as fit. */
function inLines(entries: readonly string[]): string[] {
  const lines: string[] = []
  for (const entry of entries) {
    const last = lines.at(-1)
    const longer = `${last}   ${entry}`
    if (last !== undefined && MARGIN + longer.length <= WIDTH) lines[lines.length - 1] = longer
    else lines.push(entry)
  }
  return lines.map((line) => ' '.repeat(MARGIN) + line)
}

/** A chart with a y axis in the values' units and a legend below; where marks meet, the first series is seen. */
export function textChart(series: readonly ChartSeries[]): string {
  const all = series.flatMap(({ values }) => values)
  const low = Math.min(0, ...all)
  const step = Math.max(0.1, Math.ceil((Math.max(...all) - low) / HEIGHT / 0.1 - 1e-9) * 0.1)
  const high = low + HEIGHT * step
  const count = Math.max(...series.map(({ values }) => values.length))
  const drawn = series.map(({ name, values }, index) => ({
    name,
    mark: MARKS[index % MARKS.length],
    rows: values.map((value) => HEIGHT - Math.round((value - low) / step)),
  }))
  const cells = Array.from({ length: HEIGHT + 1 }, () => Array<string>(count * STRIDE).fill(' '))
  for (const { mark, rows } of [...drawn].reverse()) {
    rows.forEach((row, i) => (cells[row][i * STRIDE + 1] = mark))
  }
  const lines = cells.map((line, row) => {
    const value = high - step * row
    return `${value.toFixed(1).padStart(6)} ┤${line.join('').trimEnd()}`
  })
  const width = count * STRIDE
  const axis = `${' '.repeat(7)}└${'─'.repeat(width)}`
  const ticks = `${' '.repeat(8)} 0${'t'.padStart(Math.floor(width / 2) - 1)}${'1'.padStart(width - Math.floor(width / 2) - 2)}`
  return [...lines, axis, ticks, ...inLines(legendOf(drawn))].join('\n')
}
