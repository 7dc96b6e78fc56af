// Vector fields as arrows, side by side: velocities and scores. One scale of length for all panels, which the note states.
import { vector, type Markish } from '@observablehq/plot'
import { xAxis, yAxis } from './axis.ts'
import { figureSvg } from './figure.ts'
import { joinNotes } from './line.ts'
import { formatNumber } from '../format-number.ts'
import { ellipseMark, ellipseOutline, overlayLegend, type Ellipse } from './overlay.ts'
import { facetOf, gridOptions, panelFrames, titleMarks, type Grid } from './panels.ts'
import { isWithin, planeGrid, sharedLimits, type Limits, type Position } from './plane.ts'
import { colorOf } from './theme.ts'

export interface FieldPanel {
  title: string
  /** Row-major [n, 2]: where the arrows stand, best on a regular grid. */
  points: ArrayLike<number>
  /** Row-major [n, 2]. */
  vectors: ArrayLike<number>
  /** Drawn over the arrows. */
  ellipse?: Ellipse
}

export interface FieldFigureOptions {
  /** What the figure shows, for screen readers. */
  label?: string
  panels: readonly FieldPanel[]
  /** Names, with units, of the two axes. */
  axisLabels?: readonly [string, string]
  note?: string
}

interface Arrow {
  at: Position
  size: number
  /** Degrees clockwise from up, as Plot turns vectors. */
  turn: number
}

function arrowsOf({ title, points, vectors }: FieldPanel): Arrow[] {
  if (points.length !== vectors.length || points.length % 2 !== 0) {
    throw new RangeError(
      `fieldFigure panel '${title}' has ${points.length} numbers of points and ${vectors.length} of vectors, expected [n, 2] of both`,
    )
  }
  return Array.from({ length: points.length / 2 }, (_, k): Arrow => {
    const u = vectors[2 * k]
    const v = vectors[2 * k + 1]
    return {
      at: [points[2 * k], points[2 * k + 1]],
      size: Math.hypot(u, v),
      turn: (Math.atan2(u, v) * 180) / Math.PI,
    }
  }).filter(({ at, size }) => at.every(Number.isFinite) && Number.isFinite(size))
}

/** The panel of most arrows. */
const fullest = (panels: readonly Arrow[][]): Arrow[] =>
  panels.reduce((a, b) => (b.length > a.length ? b : a))

/** Steps along one side, were the arrows on a square grid. */
const stepsOf = (arrows: readonly Arrow[]): number => Math.max(1, Math.sqrt(arrows.length) - 1)

/** px between neighbours, were the arrows of the fullest panel spread evenly over the area that they cover. */
function spacingOf(panels: readonly Arrow[][], limits: Limits, { panelWidth }: Grid): number {
  const full = fullest(panels)
  const [width, height] = [0, 1].map((axis) => {
    const values = full.map(({ at }) => at[axis])
    return Math.max(...values) - Math.min(...values)
  })
  const spacing = (Math.sqrt(width * height) / stepsOf(full)) * (panelWidth / (limits.x[1] - limits.x[0]))
  return Math.min(40, Math.max(10, spacing))
}

/** px below which an arrow's direction is hard to see. */
const shortest = 4.5

/** A shaft with a head of its own size: the head tells the direction of short arrows. */
const shape = {
  draw(
    context: { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void },
    length: number,
  ): void {
    const head = Math.min(4, Math.max(2.5, length * 0.3))
    context.moveTo(0, length / 2)
    context.lineTo(0, -length / 2)
    context.moveTo(-head * 0.6, head - length / 2)
    context.lineTo(0, -length / 2)
    context.lineTo(head * 0.6, head - length / 2)
  },
}

interface Facet {
  fx: () => number
  fy: () => number
}

/** Arrows to scale, and those drawn longer than they are, paler. `scale` is px per unit. */
function arrowMarks(arrows: readonly Arrow[], scale: number, facet: Facet): Markish[] {
  return [true, false].map((short) =>
    vector(
      arrows.filter(({ size }) => size > 0 && size * scale < shortest === short),
      {
        ...facet,
        x: ({ at }: Arrow) => at[0],
        y: ({ at }: Arrow) => at[1],
        length: ({ size }: Arrow) => Math.max(shortest, size * scale),
        rotate: 'turn',
        // the shape stands about its point
        shape,
        anchor: 'start',
        stroke: colorOf(0),
        strokeOpacity: short ? 0.65 : 1,
        strokeWidth: 1.1,
      },
    ),
  )
}

/** What lengths mean. */
function lengthNote(arrows: readonly Arrow[], longest: number, scale: number): string {
  const limit = shortest / scale
  const raised = arrows.some(({ size }) => size > 0 && size < limit)
  const said = (value: number) => formatNumber(value, 2)
  return `Longest arrow: ${said(longest)}${raised ? `; pale ones are below ${said(limit)} and drawn at that length` : ''}.`
}

/** Corners of the field with half an arrow's room, so that arrows at the edge stay in the frame. */
function roomAbout(arrows: readonly Arrow[]): Position[] {
  const steps = stepsOf(arrows)
  const [x, y] = [0, 1].map((axis) => {
    const values = arrows.map(({ at }) => at[axis])
    const low = Math.min(...values)
    const high = Math.max(...values)
    const half = (0.5 * (high - low)) / steps
    return [low - half, high + half]
  })
  return [0, 1].map((end) => [x[end], y[end]])
}

const margins = { marginLeft: 48, marginRight: 12, marginTop: 50, marginBottom: 42 }

function checkedArrows(panels: readonly FieldPanel[]): Arrow[][] {
  const arrows = panels.map(arrowsOf)
  if (arrows.every((panel) => panel.length === 0)) {
    throw new RangeError(
      `fieldFigure got ${panels.length} panels without a finite arrow, expected at least one`,
    )
  }
  return arrows
}

/**
 * Quiver plots with equal aspect. The longest arrow is about as long as the points stand apart; arrows that would be too
 * short to read are drawn at a legible length, paler. The note states both lengths.
 * @throws RangeError without a finite arrow, when points and vectors differ in number, or for an ellipse that is none
 */
export function fieldFigure({ label, panels, axisLabels, note }: FieldFigureOptions): string {
  const arrows = checkedArrows(panels)
  const all = arrows.flat()
  const outlines = panels.map(({ ellipse }) => (ellipse ? ellipseOutline(ellipse, 'fieldFigure') : []))
  const positions = all.map(({ at }) => at)
  const limits = sharedLimits(positions, [...outlines.flat(), ...roomAbout(fullest(arrows))])
  const grid = { ...planeGrid(panels.length, limits), rowGap: 52 }
  const longest = Math.max(...all.map(({ size }) => size))
  const scale = (1.2 * spacingOf(arrows, limits, grid)) / (longest || 1)
  const inside = (position: Position) => isWithin(limits, position)
  const [xLabel, yLabel] = axisLabels ?? ['Coordinate 1', 'Coordinate 2']
  return figureSvg({
    label: label ?? `Vector fields: ${panels.map(({ title }) => title).join(', ')}`,
    note: joinNotes(note, lengthNote(all, longest, scale)),
    legend: overlayLegend(panels.map(({ ellipse }) => ({ ellipses: ellipse ? [ellipse] : [] }))),
    ...gridOptions(grid, margins),
    x: { domain: limits.x },
    y: { domain: limits.y },
    length: { type: 'identity' },
    marks: [
      yAxis(yLabel, { ticks: 5, tickSize: 4 }),
      xAxis(xLabel, { ticks: 5 }),
      panelFrames(panels.length, grid.columns),
      panels.map(({ title, ellipse }, index) => {
        const facet = facetOf(index, grid.columns)
        const drawn = arrows[index].filter(({ at }) => inside(at))
        return [
          arrowMarks(drawn, scale, facet),
          ellipse ? ellipseMark(ellipse, outlines[index], inside, facet) : [],
          titleMarks({ title }, index, grid),
        ]
      }),
    ],
  })
}
