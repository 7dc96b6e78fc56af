// Panels side by side: where they stand, px of one panel and the gaps, and the lines of text above each.
import { frame, text, type Markish, type ScaleOptions } from '@observablehq/plot'
import { figureWidth, fontSize } from './theme.ts'

/** A grid of panels of equal size, in reading order. */
export interface Grid {
  columns: number
  rows: number
  panelWidth: number
  panelHeight: number
  columnGap: number
  rowGap: number
}

export interface Margins {
  marginLeft: number
  marginRight: number
  marginTop: number
  marginBottom: number
}

/** Sizes of the figure and its bands for {@link figureSvg}. */
export function gridOptions(
  grid: Grid,
  margins: Margins,
): { width: number; height: number; fx: ScaleOptions; fy: ScaleOptions } & Margins {
  const { columns, rows, panelWidth, panelHeight, columnGap, rowGap } = grid
  return {
    width: margins.marginLeft + margins.marginRight + columns * panelWidth + (columns - 1) * columnGap,
    height: margins.marginTop + margins.marginBottom + rows * panelHeight + (rows - 1) * rowGap,
    ...margins,
    fx: bands(columns, panelWidth, columnGap),
    fy: bands(rows, panelHeight, rowGap),
  }
}

/** Width of one of `columns` panels that fill a figure. */
export const panelWidthOf = (columns: number, { marginLeft, marginRight }: Margins, gap: number): number =>
  Math.floor((figureWidth - marginLeft - marginRight - (columns - 1) * gap) / columns)

/** A band scale whose bands are `size` px with `gap` px between them. */
const bands = (count: number, size: number, gap: number): ScaleOptions => ({
  domain: Array.from({ length: count }, (_, index) => index),
  // d3 takes the padding off a single band too
  paddingInner: count > 1 ? gap / (size + gap) : 0,
  paddingOuter: 0,
  axis: null,
})

/** Puts a mark into the panel at `index`. */
export const facetOf = (index: number, columns: number): { fx: () => number; fy: () => number } => ({
  fx: () => index % columns,
  fy: () => Math.floor(index / columns),
})

/** The same for `count` panels whatever the data. */
export const panelFrames = (count: number, columns: number): Markish[] =>
  Array.from({ length: count }, (_, index) => frame({ ...facetOf(index, columns), strokeOpacity: 0.3 }))

export const captionLine = 14

/** A panel's title in bold, and quiet lines between it and the frame; `lines` of them are reserved in every panel. */
export function titleMarks(
  { title, captions = [], lines = captions.length }: { title: string; captions?: string[]; lines?: number },
  index: number,
  { columns, panelWidth, columnGap }: Grid,
): Markish[] {
  const facet = facetOf(index, columns)
  const line = { ...facet, frameAnchor: 'top-left', textAnchor: 'start' } as const
  const size = panelWidth < 160 ? fontSize - 1 : fontSize
  const clipped = {
    fontSize: size,
    lineWidth: (panelWidth + columnGap / 2) / size,
    textOverflow: 'ellipsis',
  } as const
  const top = -5 - captionLine * lines
  const marks: Markish[] = [
    text([title], {
      ...line,
      ...clipped,
      lineAnchor: 'bottom',
      dy: top - (lines > 0 ? 4 : 1),
      fontWeight: 600,
    }),
  ]
  if (captions.length > 0) {
    const spaced = { lineAnchor: 'top', dy: top, lineHeight: captionLine / fontSize } as const
    marks.push(text([captions.join('\n')], { ...line, ...spaced, fillOpacity: 0.65 }))
  }
  return marks
}
