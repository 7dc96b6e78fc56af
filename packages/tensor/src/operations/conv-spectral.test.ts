import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gradient } from '../gradient.ts'
import { encode } from '../program.ts'
import { input } from '../tensor.ts'
import { decoded } from '../testing/model.ts'
import { bilinear } from './conv-spectral.ts'
import { conv2d } from './conv.ts'
import { square } from './elementwise.ts'
import { sum } from './reduce.ts'

const axis = fc
  .record({
    size: fc.integer({ min: 1, max: 7 }),
    kernel: fc.integer({ min: 1, max: 5 }),
    padding: fc.integer({ min: 0, max: 4 }),
  })
  .filter(({ size, kernel, padding }) => padding < kernel && size + 2 * padding >= kernel)

describe('the spectral factors', () => {
  it('compose to padded cross-correlation, pixel by pixel', () => {
    fc.assert(
      fc.property(axis, axis, (rows, columns) => {
        const pair = (key: 'size' | 'kernel' | 'padding') => [rows[key], columns[key]]
        const geometry = {
          stride: [1, 1],
          size: pair('size'),
          kernel: pair('kernel'),
          padding: pair('padding'),
        }
        const result = [rows, columns].map(({ size, kernel, padding }) => size + 2 * padding - kernel + 1)
        const { terms, input, taps, out } = bilinear(geometry, result)
        const [pixels, weights, outputs] = [input, taps, out].map((matrix) => matrix.length / terms)
        const row = (index: number, extent: number) => Math.floor(index / extent)
        let worst = 0
        for (let at = 0; at < outputs * pixels * weights; at++) {
          const y = Math.floor(at / (pixels * weights))
          const x = Math.floor(at / weights) % pixels
          const w = at % weights
          let total = 0
          for (let r = 0; r < terms; r++)
            total += out[r * outputs + y] * input[r * pixels + x] * taps[r * weights + w]
          const width = columns.size
          const across = result[1]
          const taken = columns.kernel
          const sameRow = row(y, across) + row(w, taken) - rows.padding === row(x, width)
          const sameColumn = (y % across) + (w % taken) - columns.padding === x % width
          worst = Math.max(worst, Math.abs(total - Number(sameRow && sameColumn)))
        }
        expect(worst).toBeLessThan(1e-5)
      }),
      { numRuns: 25, seed: 5 },
    )
  })

  it('take 37 products for 3 x 3 taps on 4 x 4 pixels', () => {
    const geometry = { stride: [1, 1], size: [4, 4], kernel: [3, 3], padding: [1, 1] }
    expect(bilinear(geometry, [4, 4]).terms).toBe(37)
  })

  it('are constants of their own in each pass, so that no spectrum is kept from forward to backward', () => {
    const x = input('x', [8, 256, 4, 4])
    const weight = input('weight', [256, 256, 3, 3])
    const loss = sum(square(conv2d(x, weight, undefined, { padding: 1 })))
    const [dx, dweight] = gradient(loss, [x, weight])
    const { graph } = decoded(encode({ inputs: [x, weight], outputs: { dx, dweight } }, 'cpu'))
    const factors = graph?.initializer.filter(({ dims }) => dims.length === 2 && dims[0] === 37n) ?? []
    const values = new Set(factors.map(({ rawData }) => Buffer.from(rawData).toString('base64')))
    expect([factors.length, values.size]).toEqual([6, 3])
  })
})
