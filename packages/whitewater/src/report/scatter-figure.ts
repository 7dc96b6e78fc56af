// Point clouds side by side: two named axes of each set, equal aspect, one pair of scales for all panels.
import { dot, frame, text, type Markish } from '@observablehq/plot'
import { xAxis, yAxis } from './axis.ts'
import { figureSvg } from './figure.ts'
import { formatInteger } from './number.ts'
import { colorOf, fontSize } from './theme.ts'

export interface ScatterPanel {
  title: string
  /** Row-major [n, dimension]. */
  points: ArrayLike<number>
  /** Coordinates per point; 2 by default. */
  dimension?: number
}

export interface ScatterFigureOptions {
  panels: readonly ScatterPanel[]
  /** Which two coordinates to draw; the first two by default. */
  axes?: readonly [number, number]
  /** Names, with units, of the two axes. */
  axisLabels?: readonly [string, string]
  /** Most points drawn per panel, 2000 by default; evenly spaced through the set. */
  most?: number
}

type Point = [number, number]

interface Cloud {
  title: string
  /** Points in the set, and how many of them were taken by thinning. */
  count: number
  taken: number
  /** The taken points with two finite coordinates. */
  finite: Point[]
}

function cloudOf(
  { title, points, dimension = 2 }: ScatterPanel,
  [a, b]: readonly [number, number],
  most: number,
): Cloud {
  if (points.length % dimension !== 0 || Math.max(a, b) >= dimension) {
    throw new RangeError(
      `scatterFigure panel '${title}' has ${points.length} numbers in rows of ${dimension}, expected whole rows with axes ${a} and ${b}`,
    )
  }
  const count = points.length / dimension
  const taken = Math.min(count, most)
  const rows = Array.from({ length: taken }, (_, k): Point => {
    const row = Math.floor((k * count) / taken) * dimension
    return [points[row + a], points[row + b]]
  })
  return { title, count, taken, finite: rows.filter((point) => point.every(Number.isFinite)) }
}

/** Limits that hold all but strays: values no further than four interquartile ranges from the middle half. */
function limits(values: number[]): [number, number] {
  const sorted = values.sort((a, b) => a - b)
  const at = (fraction: number) => sorted[Math.round(fraction * (sorted.length - 1))]
  const fence = 4 * (at(0.75) - at(0.25)) || Infinity
  const within = sorted.filter((value) => value >= at(0.25) - fence && value <= at(0.75) + fence)
  const [low, high] = [within[0], within[within.length - 1]]
  const pad = (high - low) * 0.05 || 0.5
  return [low - pad, high + pad]
}

/** Widens an interval about its middle to the given length. */
const widen = ([low, high]: [number, number], length: number): [number, number] => {
  const middle = (low + high) / 2
  const half = Math.max(high - low, length) / 2
  return [middle - half, middle + half]
}

/** Shared limits whose height is between a half and one and a quarter of their width, so that panels stay readable. */
function sharedLimits(clouds: readonly Cloud[]): { x: [number, number]; y: [number, number] } {
  const x = limits(clouds.flatMap(({ finite }) => finite.map((point) => point[0])))
  const y = limits(clouds.flatMap(({ finite }) => finite.map((point) => point[1])))
  const widened = widen(x, (y[1] - y[0]) / 1.25)
  return { x: widened, y: widen(y, (widened[1] - widened[0]) / 2) }
}

/** One line, and a second one only for points that are missing from the frame. */
function captionOf(cloud: Cloud, shown: number): string[] {
  const { count, taken, finite } = cloud
  const lines = [`N = ${formatInteger(count)}` + (shown < count ? `, ${formatInteger(shown)} drawn` : '')]
  const missing: string[] = []
  if (shown < finite.length) missing.push(`${formatInteger(finite.length - shown)} outside`)
  if (finite.length < taken) missing.push(`${formatInteger(taken - finite.length)} not finite`)
  return missing.length > 0 ? [...lines, missing.join(', ')] : lines
}

/** Where the panels stand: px of one panel, of the gaps between them, and the limits they share. */
interface Layout {
  x: [number, number]
  y: [number, number]
  columns: number
  rows: number
  panelWidth: number
  panelHeight: number
}

function layoutOf(clouds: readonly Cloud[]): Layout {
  const { x, y } = sharedLimits(clouds)
  const columns = clouds.length === 4 ? 2 : Math.min(clouds.length, 3)
  const panelWidth = [380, 292, 186][columns - 1]
  const panelHeight = Math.round((panelWidth * (y[1] - y[0])) / (x[1] - x[0]))
  return { x, y, columns, rows: Math.ceil(clouds.length / columns), panelWidth, panelHeight }
}

const columnGap = 28
const rowGap = 66
const captionLine = 14

/** A band scale whose bands are `size` px with `gap` px between them. */
const bands = (count: number, size: number, gap: number) => ({
  domain: Array.from({ length: count }, (_, index) => index),
  // d3 takes the padding off a single band too
  paddingInner: count > 1 ? gap / (size + gap) : 0,
  paddingOuter: 0,
  axis: null,
})

function panelMarks(clouds: readonly Cloud[], { x, y, columns, panelWidth }: Layout): Markish[] {
  const inside = ([a, b]: Point) => a >= x[0] && a <= x[1] && b >= y[0] && b <= y[1]
  const shown = clouds.map(({ finite }) => finite.filter(inside))
  const captions = clouds.map((cloud, index) => captionOf(cloud, shown[index].length))
  // the same for every panel, so that titles stand on one line
  const top = -5 - captionLine * Math.max(...captions.map((lines) => lines.length))
  return clouds.flatMap(({ title }, index) => {
    const facet = { fx: () => index % columns, fy: () => Math.floor(index / columns) }
    const line = { ...facet, frameAnchor: 'top-left', textAnchor: 'start' } as const
    const clipped = { lineWidth: panelWidth / fontSize, textOverflow: 'ellipsis' } as const
    const lines = { lineAnchor: 'top', dy: top, lineHeight: captionLine / fontSize } as const
    return [
      dot(shown[index], { ...facet, x: '0', y: '1', r: 1.4, fill: colorOf(0), fillOpacity: 0.55 }),
      text([title], { ...line, ...clipped, lineAnchor: 'bottom', dy: top - 4, fontWeight: 600 }),
      text([captions[index].join('\n')], { ...line, ...lines, fillOpacity: 0.65 }),
    ]
  })
}

/**
 * Small multiples of point clouds, at most three a row. Each panel's caption gives N, how many points are drawn and how
 * many of those fall outside the frame.
 * @throws RangeError without a finite point, or when the axes do not fit a panel's dimension
 */
export function scatterFigure({
  panels,
  axes = [0, 1],
  axisLabels,
  most = 2000,
}: ScatterFigureOptions): string {
  const clouds = panels.map((panel) => cloudOf(panel, axes, most))
  if (!clouds.some(({ finite }) => finite.length > 0)) {
    throw new RangeError(
      `scatterFigure got ${panels.length} panels without a finite point, expected at least one: pass samples`,
    )
  }
  const layout = layoutOf(clouds)
  const { x, y, columns, rows, panelWidth, panelHeight } = layout
  const [xLabel, yLabel] = axisLabels ?? [`Coordinate ${axes[0] + 1}`, `Coordinate ${axes[1] + 1}`]
  const [marginLeft, marginRight, marginTop, marginBottom] = [48, 12, 72, 42]
  return figureSvg({
    label: `Point clouds of ${panels.map(({ title }) => title).join(', ')}`,
    width: marginLeft + marginRight + columns * panelWidth + (columns - 1) * columnGap,
    height: marginTop + marginBottom + rows * panelHeight + (rows - 1) * rowGap,
    ...{ marginLeft, marginRight, marginTop, marginBottom },
    x: { domain: x },
    y: { domain: y },
    fx: bands(columns, panelWidth, columnGap),
    fy: bands(rows, panelHeight, rowGap),
    marks: [
      yAxis(yLabel, { ticks: 5, tickSize: 4 }),
      xAxis(xLabel, { ticks: 5 }),
      frame({ strokeOpacity: 0.3 }),
      panelMarks(clouds, layout),
    ],
  })
}
