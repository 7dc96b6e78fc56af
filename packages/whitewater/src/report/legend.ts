// Keys of a figure: a short line with its symbol, or a symbol alone, and the name of the series.
import { fontSize, type symbols } from './theme.ts'

/** An SVG element as its name, attributes and text. */
export type Glyph = readonly [name: string, attributes: Record<string, string | number>, text?: string]

export interface LegendEntry {
  name: string
  /** Drawn in a box of `glyphWidth`, its middle at y = 0. */
  glyph: readonly Glyph[]
  /** 20 px by default; the name follows. */
  glyphWidth?: number
  /** Height of the entry's row; 20 px by default. */
  height?: number
  /** Room the entry takes, px. */
  width: number
}

/** Paths of the symbols, centred, about as large as Plot draws them at r = 3.5. */
const symbolPaths = {
  circle: 'M-3.5,0A3.5,3.5 0 1 0 3.5,0A3.5,3.5 0 1 0 -3.5,0Z',
  square: 'M-3,-3H3V3H-3Z',
  triangle: 'M0,-4L3.8,2.8H-3.8Z',
  diamond: 'M0,-4.4L3,0L0,4.4L-3,0Z',
  star: 'M0,-4.8L1.2,-1.5L4.6,-1.5L1.8,0.6L2.9,3.9L0,1.9L-2.9,3.9L-1.8,0.6L-4.6,-1.5L-1.2,-1.5Z',
  cross: 'M-1.2,-4H1.2V-1.2H4V1.2H1.2V4H-1.2V1.2H-4V-1.2H-1.2Z',
}

/** A generous estimate of the width of `text`, px: no browser is there to measure it. */
export const textWidth = (text: string): number => [...text].length * fontSize * 0.54

/**
 * How a line shows: `underlaid` is measured, wide and pale below the prediction that runs over it; `variant` is measured too,
 * dotted beside the line whose colour it shares.
 */
export interface LineLook {
  color: string
  symbol: (typeof symbols)[number]
  kind: 'measured' | 'underlaid' | 'variant' | 'predicted'
}

/** Stroke of a line on a figure of full size. */
export const strokeOf = ({ kind }: LineLook): Stroke => strokes[kind]

interface Stroke {
  width: number
  opacity: number
  dashes?: string
}

const strokes: Readonly<Record<LineLook['kind'], Stroke>> = {
  measured: { width: 1.75, opacity: 1 },
  underlaid: { width: 5, opacity: 0.35 },
  variant: { width: 1.75, opacity: 1, dashes: '2 2.5' },
  predicted: { width: 1.5, opacity: 1, dashes: '5 3' },
}

/** The key of a line; predictions carry no symbol. */
export function lineEntry(name: string, look: LineLook, symbol = true): LegendEntry {
  const { width, opacity, dashes } = strokeOf(look)
  const stroke: Record<string, string | number> = { d: 'M0,0H20', stroke: look.color, 'stroke-width': width }
  if (opacity < 1) stroke['stroke-opacity'] = opacity
  if (dashes !== undefined) stroke['stroke-dasharray'] = dashes
  const glyph: Glyph[] = [['path', stroke]]
  if (symbol && look.kind !== 'predicted') {
    const { color, kind } = look
    const paint: Glyph[1] =
      kind === 'variant' ? { fill: 'none', stroke: color, 'stroke-width': 1.5 } : { fill: color }
    glyph.push(['path', { d: symbolPaths[look.symbol], ...paint, transform: 'translate(10,0)' }])
  }
  return { name, glyph, width: 26 + textWidth(name) + 20 }
}

/** Height of a row of a legend, px. */
export const rowHeight = (row: readonly LegendEntry[]): number =>
  Math.max(...row.map(({ height = 20 }) => height))

/** Breaks a legend into rows no wider than `width` px. */
export function legendRows(entries: readonly LegendEntry[], width: number): LegendEntry[][] {
  const rows: LegendEntry[][] = []
  let room = 0
  for (const entry of entries) {
    if (rows.length === 0 || entry.width > room) {
      rows.push([])
      room = width
    }
    rows[rows.length - 1].push(entry)
    room -= entry.width
  }
  return rows
}
