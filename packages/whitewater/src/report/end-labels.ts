// Names of lines at their right ends, moved apart where they would touch.
import { text, type Markish } from '@observablehq/plot'
import { textWidth } from './legend.ts'
import type { LineScales } from './line-scales.ts'
import type { DrawnSeries } from './series.ts'

const lineHeight = 13

/** Room that the names take to the right of the frame, px. */
export const endRoom = (series: readonly DrawnSeries[]): number =>
  Math.max(...series.map(({ name }) => textWidth(name))) + 14

/** Positions in ascending order that keep `lineHeight` apart and move as little as can be: touching ones share the shift. */
export function spreadApart(wanted: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = []
  for (const [index, at] of wanted.entries()) {
    // in a frame that moves down by one line per label, "apart" is "in order": pool neighbours that are not
    let block = { sum: at - index * lineHeight, count: 1 }
    for (
      let last = blocks.at(-1);
      last && last.sum / last.count > block.sum / block.count;
      last = blocks.at(-1)
    ) {
      block = { sum: block.sum + last.sum, count: block.count + last.count }
      blocks.pop()
    }
    blocks.push(block)
  }
  return blocks
    .flatMap(({ sum, count }) => Array<number>(count).fill(sum / count))
    .map((at, index) => at + index * lineHeight)
}

/** One label per measured line, beside its last finite point. */
export function endLabels(series: readonly DrawnSeries[], { x, y }: LineScales, height: number): Markish[] {
  const [low, high] = y.scale.domain.map((value) => (y.log ? Math.log(value) : value))
  const ends = series
    .filter(({ kind }) => kind !== 'predicted')
    .flatMap((one) => {
      const last = one.points.findLast((point) => Number.isFinite(point.y) && (!y.log || point.y > 0))
      if (!last) return []
      const value = y.log ? Math.log(last.y) : last.y
      return [{ one, at: height * (1 - (value - low) / (high - low)), last }]
    })
    .sort((a, b) => a.at - b.at)
  const placed = spreadApart(ends.map(({ at }) => at))
  return ends.map(({ one, at, last }, index) =>
    text([last], {
      x: x.scale.domain[1],
      y: 'y',
      text: () => one.name,
      textAnchor: 'start',
      dx: 8,
      dy: placed[index] - at,
      fill: one.color,
      fontWeight: 600,
    }),
  )
}
