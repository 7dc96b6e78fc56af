// What every figure must be: as committed, well-formed, and in the colours of the page around it.
import { Resvg } from '@resvg/resvg-js'
import { describe, expect, it } from 'vitest'

/** Tests of one figure against its snapshot beside the test file. */
export function describeFigure(name: string, svg: string): void {
  describe(`${name} figure`, () => {
    it('looks as committed', async () => {
      await expect(svg).toMatchFileSnapshot(`__snapshots__/${name}.svg`)
    })

    it('is well-formed, with text in the colour of the page and no ids to collide', () => {
      expect(() => new Resvg(svg, { font: { loadSystemFonts: false } })).not.toThrow()
      expect(svg).toContain('fill="currentColor"')
      expect(svg).not.toMatch(/NaN|undefined|Infinity| id=/)
    })
  })
}
