// Colours for numbers: viridis, perceptually uniform and monotone in lightness, with a bar that says which is which.
import { scale, type ScaleOptions } from '@observablehq/plot'
import { extentOf, formatLogTicks, logTicks } from './axis.ts'
import { textWidth, type Glyph, type LegendEntry } from './legend.ts'
import { formatTick } from '../format-number.ts'

export interface ColorScale {
  /** For Plot's `color`. */
  options: ScaleOptions
  domain: readonly [number, number]
  log: boolean
  /** Whether a value has a colour at all. */
  shows: (value: number) => boolean
  colorOf: (value: number) => string
}

/**
 * A scale over all finite values, or all positive ones when it is logarithmic.
 * @throws RangeError without one
 */
export function colorScale(figure: string, values: readonly number[], log: boolean): ColorScale {
  const shows = (value: number) => Number.isFinite(value) && (!log || value > 0)
  const extent = extentOf(values.filter(shows))
  if (extent === undefined) {
    throw new RangeError(
      `${figure} got ${values.length} values, none of them ${log ? 'positive and ' : ''}finite, expected at least one`,
    )
  }
  const [low, high] = extent
  const flat = low === high
  const pad = log ? 0 : Math.abs(low) / 2 || 0.5
  const domain: [number, number] = flat ? (log ? [low / 2, high * 2] : [low - pad, high + pad]) : [low, high]
  const options: ScaleOptions = { type: log ? 'log' : 'linear', domain, scheme: 'viridis' }
  const colors = scale({ color: options })
  return { options, domain, log, shows, colorOf: (value) => String(colors.apply(value)) }
}

const barWidth = 220
const steps = 55

function ticksOf({ domain, log }: ColorScale): readonly number[] {
  if (log) {
    const round = logTicks(...domain, 5)
    return round.length > 1 ? round : domain
  }
  const [low, high] = domain
  const rough = (high - low) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, k) => (first + k) * step)
}

/** The key of a colour scale: many small rectangles, since a gradient would need an id that collides in a page. */
export function colorBar(label: string, colors: ColorScale): LegendEntry {
  const { domain, log } = colors
  const bend = (value: number) => (log ? Math.log(value) : value)
  const [low, high] = domain.map(bend)
  const unbend = (at: number) => (log ? Math.exp(at) : at)
  const width = barWidth / steps
  const bars = Array.from({ length: steps }, (_, k): Glyph => {
    const fill = colors.colorOf(unbend(low + ((k + 0.5) / steps) * (high - low)))
    // a little overlap hides the seams that antialiasing leaves
    return ['rect', { x: k * width, y: -6, width: k < steps - 1 ? width + 0.5 : width, height: 12, fill }]
  })
  const round = ticksOf(colors)
  const format = log ? formatLogTicks(round) : formatTick
  const ticks = round.flatMap((tick): Glyph[] => {
    const x = (barWidth * (bend(tick) - low)) / (high - low)
    return [
      ['path', { d: `M${x},6V10`, stroke: 'currentColor' }],
      ['text', { x, y: 20, 'text-anchor': 'middle', 'font-size': 11 }, format(tick)],
    ]
  })
  const name = log ? `${label} (log scale)` : label
  return {
    name,
    glyph: [...bars, ...ticks],
    glyphWidth: barWidth + 4,
    height: 38,
    width: barWidth + 10 + textWidth(name) + 20,
  }
}
