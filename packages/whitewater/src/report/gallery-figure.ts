// Pictures side by side, each under its title: the samples of several runs, as one figure that papers and slides can take.
import { image } from '@observablehq/plot'
import { figureSvg } from './figure.ts'
import { captionLine, facetOf, gridOptions, panelWidthOf, titleMarks, type Grid } from './panels.ts'

export interface GalleryPanel {
  title: string
  /** One quiet line under the title. */
  caption?: string
  /** A PNG data URI such as `imageGrid` returns. */
  source: string
}

export interface GalleryFigureOptions {
  /** What the figure shows, for screen readers. */
  label: string
  /** In reading order; pictures of one size. */
  panels: readonly GalleryPanel[]
  /** Size of each picture in its own pixels; shown at the width of its panel. */
  size: readonly [width: number, height: number]
  /** Panels a row, which sets their size; 3 by default. */
  columns?: number
  note?: string
}

const margins = { marginLeft: 3, marginRight: 3, marginBottom: 4 }

/**
 * A grid of pictures with titles.
 * @throws RangeError without a panel; TypeError for a picture that is not a PNG data URI
 */
export function galleryFigure(options: GalleryFigureOptions): string {
  const { label, panels, size, note } = options
  if (panels.length === 0) throw new RangeError('galleryFigure got 0 panels, expected at least one')
  const wrong = panels.find(({ source }) => !source.startsWith('data:image/png;base64,'))
  if (wrong) throw new TypeError(`picture '${wrong.title}' is no PNG data URI: use imageGrid`)
  const { columns: room = 3 } = options
  const columns = Math.min(room, panels.length)
  const lines = panels.some(({ caption }) => caption !== undefined) ? 1 : 0
  const marginTop = 24 + captionLine * lines
  const columnGap = 20
  const panelWidth = panelWidthOf(room, { ...margins, marginTop }, columnGap)
  const grid: Grid = {
    columns,
    panelWidth,
    columnGap,
    rows: Math.ceil(panels.length / columns),
    panelHeight: Math.round((panelWidth * size[1]) / size[0]),
    rowGap: marginTop + 12,
  }
  return figureSvg({
    label,
    note,
    trueColors: true,
    ...gridOptions(grid, { ...margins, marginTop }),
    marks: panels.map(({ title, caption, source }, index) => [
      titleMarks({ title, captions: caption === undefined ? [] : [caption], lines }, index, grid),
      image([source], {
        ...facetOf(index, columns),
        src: (own: string) => own,
        frameAnchor: 'middle',
        width: panelWidth,
        height: grid.panelHeight,
      }),
    ]),
  })
}
