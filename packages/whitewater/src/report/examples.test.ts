import { Resvg } from '@resvg/resvg-js'
import { describe, expect, it } from 'vitest'
import { exampleFigures } from './testing/examples.ts'

describe.each(Object.entries(exampleFigures))('%s figure', (name, draw) => {
  const svg = draw()

  it('looks as committed', async () => {
    await expect(svg).toMatchFileSnapshot(`__snapshots__/${name}.svg`)
  })

  it('is well-formed, with text in the colour of the page and no ids to collide', () => {
    expect(() => new Resvg(svg, { font: { loadSystemFonts: false } })).not.toThrow()
    expect(svg).toContain('fill="currentColor"')
    expect(svg).not.toMatch(/NaN|undefined|Infinity| id=/)
  })

  it('comes out the same twice', () => {
    expect(draw()).toBe(svg)
  })
})
