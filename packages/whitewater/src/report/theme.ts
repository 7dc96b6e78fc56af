// The look shared by every figure: sizes, type and a palette that colour-blind readers can tell apart (Okabe and Ito, 2008).

/** Series colours in order of use. Okabe-Ito without black, which would vanish in dark mode, and yellow, which does on white. */
export const palette = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'] as const

/** A second sign beside colour, so that a grey print still tells the series apart. */
export const symbols = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross'] as const

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

/** Colours for an ordered family, blue to vermilion: mid tones of the palette, legible on white and on black. */
const ramp = [palette[0], palette[2], palette[4], palette[1]]

const channels = (color: string): number[] => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))

/** The colour at `fraction` of the way, 0 to 1, through an ordered family of lines. */
export function rampColor(fraction: number): string {
  const at = Math.min(1, Math.max(0, fraction)) * (ramp.length - 1)
  const left = Math.min(ramp.length - 2, Math.floor(at))
  const from = channels(ramp[left])
  const to = channels(ramp[left + 1])
  const mixed = from.map((value, c) => Math.round(value + (at - left) * (to[c] - value)))
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** Black or white, whichever reads better on `color`, an `rgb(...)` or a `#rrggbb`. */
export function inkOn(color: string): 'black' | 'white' {
  const [red, green, blue] = color.startsWith('#')
    ? channels(color)
    : [...color.matchAll(/\d+/g)].map(([value]) => Number(value))
  return 0.299 * red + 0.587 * green + 0.114 * blue > 128 ? 'black' : 'white'
}
