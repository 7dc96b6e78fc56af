// One number per variant as horizontal bars, each labelled with its value.
import { axisY, barX, gridX, ruleX, text } from '@observablehq/plot'
import { extentOf, xAxis } from './axis.ts'
import { figureSvg } from './figure.ts'
import { textWidth } from './legend.ts'
import { formatNumber } from '../format-number.ts'
import { colorOf, figureWidth, gridOpacity } from './theme.ts'

export interface BarFigureOptions {
  bars: readonly { name: string; value: number }[]
  /** What the bars measure, with its unit and N. */
  valueLabel: string
}

/**
 * Bars from zero, in the order given; a value that is not finite gets its sign and no bar.
 * @throws RangeError when no value is finite
 */
export function barFigure({ bars, valueLabel }: BarFigureOptions): string {
  const extent = extentOf(bars.map(({ value }) => value))
  if (extent === undefined) {
    throw new RangeError(`barFigure got ${bars.length} bars without a finite value, expected at least one`)
  }
  const marginLeft = Math.min(figureWidth / 3, Math.max(...bars.map(({ name }) => textWidth(name))) + 16)
  const drawn = bars.map(({ name, value }) => ({
    name,
    value: Number.isFinite(value) ? value : 0,
    said: formatNumber(value),
  }))
  return figureSvg({
    label: `${valueLabel}: ${bars.map(({ name, value }) => `${name} ${formatNumber(value)}`).join(', ')}`,
    height: bars.length * 26 + 60,
    marginLeft,
    marginRight: 56,
    marginTop: 8,
    x: { domain: [Math.min(0, extent[0]), Math.max(0, extent[1]) || 1] },
    y: { domain: bars.map(({ name }) => name), padding: 0.25 },
    marks: [
      gridX({ ticks: 6, strokeOpacity: gridOpacity }),
      xAxis(valueLabel, { ticks: 6, tickSize: 0 }),
      axisY({ label: null, tickSize: 0 }),
      barX(drawn, { x: 'value', y: 'name', fill: colorOf(0) }),
      ruleX([0]),
      text(drawn, {
        x: ({ value }: { value: number }) => Math.max(0, value),
        y: 'name',
        text: 'said',
        textAnchor: 'start',
        dx: 6,
      }),
    ],
  })
}
