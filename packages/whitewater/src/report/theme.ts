// The look shared by every figure: sizes, type and a palette that colour-blind readers can tell apart (Okabe and Ito, 2008).

/** Series colours in order of use. Okabe-Ito without black, which would vanish in dark mode, and yellow, which does on white. */
export const palette = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'] as const

/** A second sign beside colour, so that a grey print still tells the series apart. */
export const symbols = ['circle', 'square', 'triangle', 'diamond', 'star', 'plus'] as const

export const fontFamily = 'system-ui, sans-serif'

export const fontSize = 12

/** Width of a figure in CSS pixels; the report scales it down on narrow screens. */
export const figureWidth = 688

export const figureHeight = 320

/** Opacity of grid lines in the colour of the text. */
export const gridOpacity = 0.12

/** Colour of the series at `index`; repeats after the palette ends. */
export const colorOf = (index: number): string => palette[index % palette.length]

/** Symbol of the series at `index`; shifts by one on each turn of the palette, so that the pair stays unique. */
export const symbolOf = (index: number): (typeof symbols)[number] =>
  symbols[(index + Math.floor(index / palette.length)) % symbols.length]
