// One set-up for every figure: Observable Plot on a document without a browser, axes in the colour of the surrounding text.
import { plot, type PlotOptions } from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { legendRows, rowHeight, type LegendEntry } from './legend.ts'
import { figureHeight, figureWidth, fontFamily, fontSize } from './theme.ts'

export interface FigureOptions extends PlotOptions {
  /** What the figure shows, for screen readers. */
  label: string
  /** Drawn between the y label and the frame, in reading order; left out when there is nothing to tell apart. */
  legend?: readonly LegendEntry[]
  /** One quiet line under the axis: N, thinning, what is not drawn. */
  note?: string
  /** Whether colours stand for themselves, as those of pictures do, and a dark page leaves them as they are; so do colour scales. */
  trueColors?: boolean
}

const { DOMParser } = parseHTML('<!doctype html>')

const svgNamespace = 'http://www.w3.org/2000/svg'
const noteHeight = 22
/** Below the y axis label, which Plot sets at the very top. */
const legendTop = 27

const margin = { top: 28, bottom: 42 }

/** Height of the frame of a figure of standard size, px. */
export const frameHeight = figureHeight - margin.top - margin.bottom

const rootStyle = 'font-variant-numeric: tabular-nums'

function svgElement(document: Document, name: string, attributes: Record<string, string | number>): Element {
  const element = document.createElementNS(svgNamespace, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}

function appendNote(document: Document, svg: Element, note: string, x: number, y: number): void {
  const text = svgElement(document, 'text', { x, y, 'text-anchor': 'start', 'fill-opacity': 0.65 })
  text.textContent = note
  svg.append(text)
}

function appendLegend(document: Document, svg: Element, rows: LegendEntry[][], x: number): void {
  let y = legendTop
  for (const row of rows) {
    let left = x
    for (const entry of row) {
      const group = svgElement(document, 'g', { transform: `translate(${left},${y})` })
      for (const [name, attributes, said] of entry.glyph) {
        const part = svgElement(document, name, attributes)
        if (said !== undefined) part.textContent = said
        group.append(part)
      }
      const text = svgElement(document, 'text', {
        x: (entry.glyphWidth ?? 20) + 6,
        y: 4,
        'text-anchor': 'start',
      })
      text.textContent = entry.name
      group.append(text)
      svg.append(group)
      left += entry.width
    }
    y += rowHeight(row)
  }
}

/** The element as XML: coordinates to a hundredth of a pixel, one group a line so that snapshots can be read. */
function serialise(svg: Element): string {
  return svg.outerHTML
    .replace(
      / (d|transform|points|x|y|x1|x2|y1|y2|cx|cy|width|height)="([^"]*)"/g,
      (_, name: string, value: string) => {
        const rounded = value.replace(/-?\d+\.\d+(e-?\d+)?/g, (number) =>
          String(Math.round(Number(number) * 100) / 100),
        )
        return ` ${name}="${rounded}"`
      },
    )
    .replace(/><(g|\/svg)/g, '>\n<$1')
}

/**
 * Draws a plot as a standalone SVG string. The same options give the same string, in any process and any order.
 * Text, axes and grid use `currentColor`, so the page decides between light and dark.
 */
export function figureSvg({ label, legend = [], note, trueColors, ...options }: FigureOptions): string {
  // an HTML document would leave & and < in attributes as they are
  const document = new DOMParser().parseFromString('<svg></svg>', 'image/svg+xml')
  const width = options.width ?? figureWidth
  const marginLeft = options.marginLeft ?? 56
  const rows = legendRows(legend, width - 8)
  const legendHeight = rows.reduce((sum, row) => sum + rowHeight(row), 0)
  const below = note === undefined ? 0 : noteHeight
  const height = (options.height ?? figureHeight) + legendHeight + below
  const marginBottom = (options.marginBottom ?? margin.bottom) + below
  const svg = plot({
    ...options,
    document,
    className: 'figure',
    ariaLabel: label,
    width,
    height,
    marginLeft,
    marginTop: (options.marginTop ?? margin.top) + legendHeight,
    marginBottom,
  })
  svg.querySelector('style')?.remove()
  svg.setAttribute('xmlns', svgNamespace)
  svg.setAttribute('role', 'img')
  // colours that stand for numbers or for themselves: the page leaves them as they are
  if (trueColors ?? options.color !== undefined) svg.setAttribute('data-colors', 'scale')
  svg.setAttribute('font-family', fontFamily)
  svg.setAttribute('font-size', String(fontSize))
  svg.setAttribute('style', rootStyle)
  appendLegend(document, svg, rows, 3)
  if (note !== undefined) appendNote(document, svg, note, 3, height - 6)
  return serialise(svg)
}
