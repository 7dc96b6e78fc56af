// What is drawn over point clouds: covariance ellipses (2 standard deviations) and trajectories from noise to data.
import { dot, line, type Markish } from '@observablehq/plot'
import { textWidth, type LegendEntry } from './legend.ts'
import type { Position } from './plane.ts'
import { colorOf } from './theme.ts'

export interface Ellipse {
  mean: readonly [number, number]
  /** [2, 2], row-major, symmetric. */
  covariance: ArrayLike<number>
  /** Takes the colour of this class; the colour of the text by default. */
  series?: number
  /** True covariances are solid, generated ones dashed; `true` by default. */
  style?: 'true' | 'generated'
}

export interface Trajectory {
  /** Row-major [steps, 2], from noise to data. */
  points: ArrayLike<number>
}

const ellipseSteps = 72

/** The contour at 2 standard deviations: mean + 2 L (cos a, sin a) with the Cholesky factor L of the covariance. */
export function ellipseOutline({ mean, covariance }: Ellipse, figure: string): Position[] {
  const [a, b, c, d] = Array.from(covariance)
  const symmetric = Math.abs(b - c) <= 1e-6 * (Math.abs(a) + Math.abs(d))
  // a flat ellipse is a line, and may come out a hair below zero
  const rest = d - (a > 0 ? (b * b) / a : 0)
  if (covariance.length !== 4 || !symmetric || !(a >= 0) || !(rest >= -1e-9 * Math.abs(d))) {
    throw new RangeError(
      `${figure} got an ellipse with covariance [${Array.from(covariance).join(', ')}], expected 4 numbers: a symmetric, positive semidefinite 2 x 2 matrix`,
    )
  }
  const first = Math.sqrt(a)
  const below = first > 0 ? b / first : 0
  const second = Math.sqrt(Math.max(0, rest))
  return Array.from({ length: ellipseSteps + 1 }, (_, k) => {
    const angle = (2 * Math.PI * k) / ellipseSteps
    const cosine = Math.cos(angle)
    const sine = Math.sin(angle)
    return [mean[0] + 2 * first * cosine, mean[1] + 2 * (below * cosine + second * sine)]
  })
}

export function trajectoryPositions({ points }: Trajectory, figure: string): Position[] {
  if (points.length % 2 !== 0 || points.length === 0) {
    throw new RangeError(`${figure} got a path of ${points.length} numbers, expected rows of 2: [steps, 2]`)
  }
  return Array.from({ length: points.length / 2 }, (_, k) => [points[2 * k], points[2 * k + 1]])
}

/** Whether a position may be drawn; what lies outside is a gap. */
export type Inside = (position: Position) => boolean

const gapped = (positions: readonly Position[], inside: Inside): Position[] =>
  positions.map((position) => (inside(position) ? position : [NaN, NaN]))

export const ellipseMark = (
  ellipse: Ellipse,
  outline: readonly Position[],
  inside: Inside,
  facet: Readonly<Record<string, () => number>>,
): Markish =>
  line(gapped(outline, inside), {
    ...facet,
    x: '0',
    y: '1',
    stroke: ellipse.series === undefined ? 'currentColor' : colorOf(ellipse.series),
    strokeWidth: 1.25,
    strokeDasharray: ellipse.style === 'generated' ? '4 3' : undefined,
  })

/** Thin lines; a hollow ring at each start, a full dot at each end. */
export function trajectoryMarks(
  paths: readonly (readonly Position[])[],
  inside: Inside,
  facet: Readonly<Record<string, () => number>>,
  color: string,
): Markish[] {
  const at = (index: number) =>
    paths.flatMap((path) => path.slice(index, index === -1 ? undefined : index + 1)).filter(inside)
  const placed = { ...facet, x: '0', y: '1' } as const
  return [
    ...paths.map((path) =>
      line(gapped(path, inside), { ...placed, stroke: color, strokeWidth: 0.9, strokeOpacity: 0.6 }),
    ),
    dot(at(0), { ...placed, r: 2, stroke: color, strokeWidth: 1 }),
    dot(at(-1), { ...placed, r: 2, fill: color }),
  ]
}

interface OverlayPanel {
  ellipses?: readonly Ellipse[]
  paths?: readonly Trajectory[]
  labels?: ArrayLike<number>
}

/** Paths are drawn in a colour of their own, or in the text's where colours stand for classes. */
export const pathColor = (panels: readonly OverlayPanel[]): string =>
  panels.some(({ labels }) => labels !== undefined) ? 'currentColor' : colorOf(1)

/** Keys of the overlays that the panels have; figures without one need none. */
export function overlayLegend(panels: readonly OverlayPanel[]): LegendEntry[] {
  const styles = new Set(panels.flatMap(({ ellipses = [] }) => ellipses.map(({ style = 'true' }) => style)))
  const entries: LegendEntry[] = []
  if (styles.has('true')) {
    const whose = styles.has('generated') ? 'True covariance' : 'Covariance'
    entries.push(keyOf(`${whose}, 2 standard deviations`, ellipseGlyph(false)))
  }
  if (styles.has('generated')) {
    entries.push(keyOf('Generated covariance, 2 standard deviations', ellipseGlyph(true)))
  }
  if (panels.some(({ paths = [] }) => paths.length > 0))
    entries.push(keyOf('Path, from noise (ring) to data (dot)', pathGlyph(pathColor(panels))))
  return entries
}

const keyOf = (name: string, glyph: LegendEntry['glyph']): LegendEntry => ({
  name,
  glyph,
  width: 26 + textWidth(name) + 20,
})

const ellipseGlyph = (dashed: boolean): LegendEntry['glyph'] => [
  [
    'ellipse',
    {
      cx: 10,
      cy: 0,
      rx: 9,
      ry: 5,
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.5,
      ...(dashed ? { 'stroke-dasharray': '4 3' } : {}),
    },
  ],
]

const pathGlyph = (color: string): LegendEntry['glyph'] => [
  ['path', { d: 'M4,0H18', stroke: color, 'stroke-width': 0.9 }],
  ['circle', { cx: 2, cy: 0, r: 2, fill: 'none', stroke: color }],
  ['circle', { cx: 18, cy: 0, r: 2, fill: color }],
]
