// Panels of a plane, for points and for fields: limits shared by all, equal aspect, strays left outside, never too flat or too tall.
import type { Grid } from './panels.ts'

export type Position = [number, number]

export interface Limits {
  x: [number, number]
  y: [number, number]
}

/** Limits that hold all but strays: values no further than four interquartile ranges from the middle half. */
function limitsOf(values: number[]): [number, number] {
  const sorted = values.sort((a, b) => a - b)
  const at = (fraction: number) => sorted[Math.round(fraction * (sorted.length - 1))]
  const fence = 4 * (at(0.75) - at(0.25)) || Infinity
  const within = sorted.filter((value) => value >= at(0.25) - fence && value <= at(0.75) + fence)
  return [within[0], within[within.length - 1]]
}

/** Makes room for `values`, whatever they are, and a little air. */
function including([low, high]: [number, number], values: readonly number[]): [number, number] {
  const [first, last] = values.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [low, high],
  )
  const pad = (last - first) * 0.05 || 0.5
  return [first - pad, last + pad]
}

/** Widens an interval about its middle to the given length. */
const widen = ([low, high]: [number, number], length: number): [number, number] => {
  const middle = (low + high) / 2
  const half = Math.max(high - low, length) / 2
  return [middle - half, middle + half]
}

/**
 * Limits that hold `positions` but for strays, and all of `always`. Their height is between a half and one and a quarter
 * of their width, so that panels stay readable.
 */
export function sharedLimits(positions: readonly Position[], always: readonly Position[] = []): Limits {
  const [x, y] = [0, 1].map((axis) =>
    including(
      limitsOf(positions.map((position) => position[axis])),
      always.map((position) => position[axis]),
    ),
  )
  const widened = widen(x, (y[1] - y[0]) / 1.25)
  return { x: widened, y: widen(y, (widened[1] - widened[0]) / 2) }
}

export const isWithin = ({ x, y }: Limits, [a, b]: Position): boolean =>
  a >= x[0] && a <= x[1] && b >= y[0] && b <= y[1]

/** At most three panels a row, four as two by two; heights follow from the limits, so that both axes have one scale. */
export function planeGrid(count: number, { x, y }: Limits): Grid {
  const columns = count === 4 ? 2 : Math.min(count, 3)
  const panelWidth = [380, 292, 186][columns - 1]
  const panelHeight = Math.round((panelWidth * (y[1] - y[0])) / (x[1] - x[0]))
  return { columns, rows: Math.ceil(count / columns), panelWidth, panelHeight, columnGap: 28, rowGap: 66 }
}
