// Point clouds side by side: two named axes of each set, equal aspect, one pair of scales for all panels; over them
// covariance ellipses and trajectories.
import { dot, type Markish } from '@observablehq/plot'
import { xAxis, yAxis } from './axis.ts'
import { figureSvg } from './figure.ts'
import { joinNotes } from './line.ts'
import { formatInteger } from '../format-number.ts'
import {
  ellipseMark,
  ellipseOutline,
  overlayLegend,
  pathColor,
  trajectoryMarks,
  trajectoryPositions,
  type Ellipse,
  type Trajectory,
} from './overlay.ts'
import { captionLine, facetOf, gridOptions, panelFrames, titleMarks, type Grid } from './panels.ts'
import { isWithin, planeGrid, sharedLimits, type Limits, type Position } from './plane.ts'
import { colorOf, palette } from './theme.ts'

export type { Ellipse, Trajectory } from './overlay.ts'

export interface ScatterPanel {
  title: string
  /** Row-major [n, dimension]. */
  points: ArrayLike<number>
  /** Coordinates per point; 2 by default. */
  dimension?: number
  /** Class or component of each point, a whole number from 0: its colour. Colours repeat after the palette's end. */
  labels?: ArrayLike<number>
  /** Drawn over the points, in the two drawn axes. */
  ellipses?: readonly Ellipse[]
  /** Drawn over the points, in the two drawn axes. */
  paths?: readonly Trajectory[]
}

export interface ScatterFigureOptions {
  panels: readonly ScatterPanel[]
  /** Which two coordinates to draw; the first two by default. */
  axes?: readonly [number, number]
  /** Names, with units, of the two axes. */
  axisLabels?: readonly [string, string]
  /** Most points drawn per panel, 2000 by default; evenly spaced through the set. */
  most?: number
  note?: string
}

interface Labelled {
  at: Position
  label: number
}

interface Cloud {
  title: string
  /** Points in the set, and how many of them were taken by thinning. */
  count: number
  taken: number
  /** The taken points with two finite coordinates. */
  finite: Labelled[]
  outlines: { ellipse: Ellipse; outline: Position[] }[]
  paths: Position[][]
}

function pointsOf(panel: ScatterPanel, [a, b]: readonly [number, number], most: number): Labelled[] {
  const { title, points, dimension = 2, labels } = panel
  if (points.length % dimension !== 0 || Math.max(a, b) >= dimension) {
    throw new RangeError(
      `scatterFigure panel '${title}' has ${points.length} numbers in rows of ${dimension}, expected whole rows with axes ${a} and ${b}`,
    )
  }
  const count = points.length / dimension
  if (labels && labels.length !== count) {
    throw new RangeError(
      `scatterFigure panel '${title}' has ${labels.length} labels for ${count} points, expected one each`,
    )
  }
  const wrong = Array.from(labels ?? []).find((label) => !Number.isInteger(label) || label < 0)
  if (wrong !== undefined) {
    throw new RangeError(
      `scatterFigure panel '${title}' has label ${wrong}, expected whole numbers from 0: number the classes`,
    )
  }
  const taken = Math.min(count, most)
  return Array.from({ length: taken }, (_, k) => {
    const row = Math.floor((k * count) / taken)
    const at: Position = [points[row * dimension + a], points[row * dimension + b]]
    return { at, label: labels ? labels[row] : 0 }
  })
}

function cloudOf(panel: ScatterPanel, axes: readonly [number, number], most: number): Cloud {
  const rows = pointsOf(panel, axes, most)
  const { title, points, dimension = 2, ellipses = [], paths = [] } = panel
  return {
    title,
    count: points.length / dimension,
    taken: rows.length,
    finite: rows.filter(({ at }) => at.every(Number.isFinite)),
    outlines: ellipses.map((ellipse) => ({ ellipse, outline: ellipseOutline(ellipse, 'scatterFigure') })),
    paths: paths.map((path) => trajectoryPositions(path, 'scatterFigure')),
  }
}

/** Strays and ellipses of samples that went astray do not stretch the frame; true ellipses stand in it whole. */
function limitsOf(clouds: readonly Cloud[]): Limits {
  const outlines = clouds.flatMap((cloud) => cloud.outlines)
  const drawn = outlines.filter(({ ellipse }) => ellipse.style === 'generated')
  const always = outlines.filter(({ ellipse }) => ellipse.style !== 'generated')
  const positions = [
    ...clouds.flatMap(({ finite, paths }) => [...finite.map(({ at }) => at), ...paths.flat()]),
    ...drawn.flatMap(({ outline }) => outline),
  ].filter((position) => position.every(Number.isFinite))
  if (positions.length === 0) {
    throw new RangeError(
      `scatterFigure got ${clouds.length} panels without a finite point, expected at least one: pass samples`,
    )
  }
  return sharedLimits(
    positions,
    always.flatMap(({ outline }) => outline),
  )
}

/** One line, and a second one only for points that are missing from the frame. */
function captionOf({ count, taken, finite, paths }: Cloud, shown: number): string[] {
  const said: string[] = []
  if (count > 0 || paths.length === 0) said.push(`N = ${formatInteger(count)}`)
  if (shown < count) said.push(`${formatInteger(shown)} drawn`)
  if (paths.length > 0) said.push(`${formatInteger(paths.length)} ${paths.length === 1 ? 'path' : 'paths'}`)
  const lines = [said.join(', ')]
  const missing: string[] = []
  if (shown < finite.length) missing.push(`${formatInteger(finite.length - shown)} outside`)
  if (finite.length < taken) missing.push(`${formatInteger(taken - finite.length)} not finite`)
  return missing.length > 0 ? [...lines, missing.join(', ')] : lines
}

function panelMarks(clouds: readonly Cloud[], limits: Limits, grid: Grid, color: string): Markish[] {
  const inside = (position: Position) => isWithin(limits, position)
  const shown = clouds.map(({ finite }) => finite.filter(({ at }) => inside(at)))
  const captions = clouds.map((cloud, index) => captionOf(cloud, shown[index].length))
  const lines = Math.max(...captions.map((caption) => caption.length))
  return clouds.flatMap(({ title, outlines, paths }, index) => {
    const facet = facetOf(index, grid.columns)
    const labels = [...new Set(shown[index].map(({ label }) => label))].sort((a, b) => a - b)
    return [
      ...labels.map((label) =>
        dot(
          shown[index].filter((one) => one.label === label).map(({ at }) => at),
          {
            ...facet,
            x: '0',
            y: '1',
            r: 1.4,
            fill: colorOf(label),
            fillOpacity: paths.length > 0 ? 0.35 : 0.55,
          },
        ),
      ),
      trajectoryMarks(paths, inside, facet, color),
      outlines.map(({ ellipse, outline }) => ellipseMark(ellipse, outline, inside, facet)),
      titleMarks({ title, captions: captions[index], lines }, index, grid),
    ]
  })
}

/** Colours that stand for more than one class are no secret. */
function repeatNote(panels: readonly ScatterPanel[]): string | undefined {
  const highest = panels.reduce(
    (most, { labels = [] }) => Array.from(labels).reduce((a, b) => Math.max(a, b), most),
    0,
  )
  return highest >= palette.length ? `Colours repeat after ${palette.length} classes.` : undefined
}

const margins = { marginLeft: 48, marginRight: 12, marginTop: 30 + 3 * captionLine, marginBottom: 42 }

/**
 * Small multiples of point clouds, at most three a row. Each panel's caption gives N, how many points are drawn and how
 * many of those fall outside the frame.
 * @throws RangeError without a finite point, when the axes do not fit a panel's dimension, when labels are not as many as
 * points, or for an ellipse or a path that is none
 */
export function scatterFigure(options: ScatterFigureOptions): string {
  const { panels, axes = [0, 1], axisLabels, most = 2000, note } = options
  const clouds = panels.map((panel) => cloudOf(panel, axes, most))
  const limits = limitsOf(clouds)
  const grid = planeGrid(clouds.length, limits)
  const [xLabel, yLabel] = axisLabels ?? [`Coordinate ${axes[0] + 1}`, `Coordinate ${axes[1] + 1}`]
  return figureSvg({
    label: `Point clouds of ${panels.map(({ title }) => title).join(', ')}`,
    note: joinNotes(note, repeatNote(panels)),
    legend: overlayLegend(panels),
    ...gridOptions(grid, margins),
    x: { domain: limits.x },
    y: { domain: limits.y },
    marks: [
      yAxis(yLabel, { ticks: 5, tickSize: 4 }),
      xAxis(xLabel, { ticks: 5 }),
      panelFrames(clouds.length, grid.columns),
      panelMarks(clouds, limits, grid, pathColor(panels)),
    ],
  })
}
