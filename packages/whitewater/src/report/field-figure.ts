// Vector fields as arrows, side by side: velocities and scores. One scale of length for all panels, which the note states.
import { vector, type Markish } from '@observablehq/plot'
import { xAxis, yAxis } from './axis.ts'
import { figureSvg } from './figure.ts'
import { joinNotes } from './line.ts'
import { formatNumber } from './number.ts'
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
    const [u, v] = [vectors[2 * k], vectors[2 * k + 1]]
    return {
      at: [points[2 * k], points[2 * k + 1]],
      size: Math.hypot(u, v),
      turn: (Math.atan2(u, v) * 180) / Math.PI,
    }
  }).filter(({ at, size }) => at.every(Number.isFinite) && Number.isFinite(size))
}

/** px between neighbours, were the arrows of the fullest panel spread evenly over the area that they cover. */
function spacingOf(panels: readonly Arrow[][], limits: Limits, { panelWidth }: Grid): number {
  const full = panels.reduce((a, b) => (b.length > a.length ? b : a))
  const [width, height] = [0, 1].map((axis) => {
    const values = full.map(({ at }) => at[axis])
    return Math.max(...values) - Math.min(...values)
  })
  const steps = Math.max(1, Math.sqrt(full.length) - 1)
  const spacing = (Math.sqrt(width * height) / steps) * (panelWidth / (limits.x[1] - limits.x[0]))
  return Math.min(40, Math.max(10, spacing))
}

const shortest = 5

/** A shaft with a head of its own size: the head tells the direction of short arrows. */
const shape = {
  draw(
    context: { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void },
    length: number,
  ): void {
    const head = Math.min(4.5, Math.max(2.8, length * 0.35))
    context.moveTo(0, length / 2)
    context.lineTo(0, -length / 2)
    context.moveTo(-head * 0.6, head - length / 2)
    context.lineTo(0, -length / 2)
    context.lineTo(head * 0.6, head - length / 2)
  },
}

const margins = { marginLeft: 48, marginRight: 12, marginTop: 50, marginBottom: 42 }

/**
 * Quiver plots with equal aspect. The longest arrow is about as long as the points stand apart; arrows that would be too
 * short to read are drawn at a legible length, paler.
 * @throws RangeError without a finite arrow, or when points and vectors differ in number
 */
export function fieldFigure({ label, panels, axisLabels, note }: FieldFigureOptions): string {
  const arrows = panels.map(arrowsOf)
  const all = arrows.flat()
  if (all.length === 0) {
    throw new RangeError(
      `fieldFigure got ${panels.length} panels without a finite arrow, expected at least one`,
    )
  }
  const outlines = panels.map(({ ellipse }) => (ellipse ? ellipseOutline(ellipse, 'fieldFigure') : []))
  const limits = sharedLimits(
    all.map(({ at }) => at),
    outlines.flat(),
  )
  const grid = { ...planeGrid(panels.length, limits), rowGap: 52 }
  const longest = Math.max(...all.map(({ size }) => size))
  const scale = (0.95 * spacingOf(arrows, limits, grid)) / (longest || 1)
  const marks = panels.flatMap(({ title, ellipse }, index): Markish[] => {
    const facet = facetOf(index, grid.columns)
    const inside = (position: Position) => isWithin(limits, position)
    const drawn = arrows[index].filter(({ at }) => inside(at))
    const set = (short: boolean) =>
      vector(
        drawn.filter(({ size }) => size * scale < shortest === short && size > 0),
        {
          ...facet,
          x: ({ at }: Arrow) => at[0],
          y: ({ at }: Arrow) => at[1],
          length: ({ size }: Arrow) => Math.max(shortest, size * scale),
          rotate: 'turn',
          shape,
          anchor: 'start',
          stroke: colorOf(0),
          strokeOpacity: short ? 0.6 : 1,
          strokeWidth: 1.1,
        },
      )
    return [
      set(true),
      set(false),
      ...(ellipse ? [ellipseMark(ellipse, outlines[index], inside, facet)] : []),
      ...titleMarks({ title }, index, grid),
    ]
  })
  const [xLabel, yLabel] = axisLabels ?? ['Coordinate 1', 'Coordinate 2']
  return figureSvg({
    label: label ?? `Vector fields: ${panels.map(({ title }) => title).join(', ')}`,
    note: joinNotes(note, `Longest arrow: ${formatNumber(longest, 3)}.`),
    legend: overlayLegend(panels.map(({ ellipse }) => ({ ellipses: ellipse ? [ellipse] : [] }))),
    ...gridOptions(grid, margins),
    x: { domain: limits.x },
    y: { domain: limits.y },
    length: { type: 'identity' },
    marks: [
      yAxis(yLabel, { ticks: 5, tickSize: 4 }),
      xAxis(xLabel, { ticks: 5 }),
      panelFrames(panels.length, grid.columns),
      marks,
    ],
  })
}
