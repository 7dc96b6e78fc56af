import sharp from 'sharp'
import { expect, it } from 'vitest'
import { barFigure } from './bar-figure.ts'
import { svgToPng } from './png.ts'

/** Share of pixels that are not white. */
async function ink(png: Buffer): Promise<number> {
  const data = await sharp(png).greyscale().raw().toBuffer()
  return data.filter((value) => value < 200).length / data.length
}

it('renders text with the shipped font, at the asked scale', async () => {
  const text = (content: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text x="5" y="25" font-family="system-ui, sans-serif">${content}</text></svg>`
  const letters = svgToPng(text('κ(t) λ ∞ − 10⁻³'), { scale: 3 })
  const { width, height } = await sharp(letters).metadata()
  expect([width, height]).toEqual([600, 120])
  expect(await ink(letters)).toBeGreaterThan(0.01)
  expect(await ink(svgToPng(text('')))).toBe(0)
})

it('renders a figure', async () => {
  const png = svgToPng(barFigure({ bars: [{ name: 'ZCA', value: 6.12 }], valueLabel: 'Fréchet distance' }))
  expect(await ink(png)).toBeGreaterThan(0.05)
})
