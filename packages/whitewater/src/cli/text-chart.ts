// Lines over t in [0, 1] drawn with characters.

export interface ChartSeries {
  readonly name: string
  /** At even steps from t = 0 to t = 1. */
  readonly values: readonly number[]
}

const MARKS = ['●', '○', '▲', '△', '■', '□']
const HEIGHT = 8
/** Characters from one value to the next. */
const STRIDE = 3

/** A chart with a y axis in the values' units and a legend below; where marks meet, the first series is seen. */
export function textChart(series: readonly ChartSeries[]): string {
  const all = series.flatMap(({ values }) => values)
  const low = Math.min(0, ...all)
  const high = Math.max(low + 1, ...all)
  const count = Math.max(...series.map(({ values }) => values.length))
  const rows = Array.from({ length: HEIGHT + 1 }, () => Array<string>(count * STRIDE).fill(' '))
  for (const [index, { values }] of [...series.entries()].reverse()) {
    values.forEach((value, i) => {
      const row = HEIGHT - Math.round(((value - low) / (high - low)) * HEIGHT)
      rows[row][i * STRIDE + 1] = MARKS[index % MARKS.length]
    })
  }
  const lines = rows.map((cells, row) => {
    const value = high - ((high - low) * row) / HEIGHT
    return `${value.toFixed(1).padStart(6)} ┤${cells.join('').trimEnd()}`
  })
  const width = count * STRIDE
  const axis = `${' '.repeat(7)}└${'─'.repeat(width)}`
  const ticks = `${' '.repeat(8)} 0${'t'.padStart(Math.floor(width / 2) - 1)}${'1'.padStart(width - Math.floor(width / 2) - 2)}`
  const legend = series.map(({ name }, index) => `${MARKS[index % MARKS.length]} ${name}`).join('   ')
  return [...lines, axis, ticks, `${' '.repeat(9)}${legend}`].join('\n')
}
