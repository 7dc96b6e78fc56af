// Series of a line figure: measured or predicted, with the spread over seeds, and the colour, symbol and dash each one gets.
import { lineEntry, type LegendEntry, type LineLook } from './legend.ts'
import { colorOf, rampColor, symbolOf } from './theme.ts'

export interface Point {
  x: number
  /** NaN leaves a gap; infinity is marked "∞" at the top of the frame. */
  y: number
  /** Limits of a quiet band about the line: the spread over seeds. */
  low?: number
  high?: number
}

export interface LineSeries {
  /** Series of one name share a colour, and one key in the legend. */
  name: string
  points: readonly Point[]
  /** `variant` lines are dotted with hollow symbols, `predicted` ones dashed without symbols; `measured` by default. */
  style?: 'measured' | 'variant' | 'predicted'
  /** Index of the series whose colour this one shares: predictions lie over what was measured, variants beside it, in the same hue. */
  like?: number
  /** In the colour of the text: a level that everything is compared with. */
  neutral?: boolean
}

/** A series as it is drawn. */
export interface DrawnSeries extends LineLook {
  name: string
  points: readonly Point[]
}

/** The series that lends its colour. */
function ownerOf(series: readonly LineSeries[], index: number, figure: string): LineSeries {
  const { name, like } = series[index]
  if (like === undefined) return series[index]
  const owner = like === index ? undefined : series.at(like)
  if (like < 0 || owner === undefined || owner.like !== undefined) {
    throw new RangeError(
      `${figure} series '${name}' has like ${like}, expected the index of another of the ${series.length} series that has a colour of its own`,
    )
  }
  return owner
}

/**
 * Looks of all panels' series: one colour and symbol per name, the same in every panel. A measured line that a predicted
 * one lies over is drawn wide and pale, so that both show where they agree.
 * @throws RangeError for `like` that is not the index of another series with its own colour
 */
export function drawnSeries(
  panels: readonly (readonly LineSeries[])[],
  figure: string,
  ramp = false,
): DrawnSeries[][] {
  const owners = panels.map((series) => series.map((_, index) => ownerOf(series, index, figure).name))
  const names = [...new Set(owners.flatMap((own, p) => own.filter((_, index) => !panels[p][index].neutral)))]
  const predicted = new Set(
    panels.flatMap((series, p) => owners[p].filter((_, index) => series[index].style === 'predicted')),
  )
  return panels.map((series, p) =>
    series.map(({ name, points, style, neutral = false }, index) => {
      const slot = neutral ? 0 : names.indexOf(owners[p][index])
      const own = style === 'predicted' || style === 'variant' ? style : undefined
      const kind = own ?? (predicted.has(owners[p][index]) ? 'underlaid' : 'measured')
      const hue = ramp ? rampColor(slot / Math.max(1, names.length - 1)) : colorOf(slot)
      return { name, points, color: neutral ? 'currentColor' : hue, symbol: symbolOf(slot), kind }
    }),
  )
}

const predictedEntry = lineEntry('Predicted', { color: 'currentColor', symbol: 'circle', kind: 'predicted' })

/** For figures whose lines are named beside them: what the dashes are, when there are any. */
export const predictedLegend = (series: readonly DrawnSeries[]): LegendEntry[] =>
  series.some(({ kind }) => kind === 'predicted') ? [predictedEntry] : []

/** One key per name; predictions that bear the name of what was measured share one dashed key. */
export function seriesLegend(series: readonly DrawnSeries[], symbols: boolean): LegendEntry[] {
  const measured = new Map(series.filter(({ kind }) => kind !== 'predicted').map((one) => [one.name, one]))
  const predicted = series.filter(({ kind }) => kind === 'predicted')
  const own = new Map(predicted.filter(({ name }) => !measured.has(name)).map((one) => [one.name, one]))
  const names = [...new Set(series.map(({ name }) => name))]
  const entries = names.flatMap((name) => {
    const one = measured.get(name) ?? own.get(name)
    return one === undefined ? [] : [lineEntry(name, one, symbols)]
  })
  if (predicted.some(({ name }) => measured.has(name))) {
    entries.push(predictedEntry)
  }
  return entries.length > 1 ? entries : []
}
