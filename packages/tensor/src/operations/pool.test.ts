import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../compile.ts'
import { gradient } from '../gradient.ts'
import { constant, input } from '../tensor.ts'
import { averagePool, maxPool, upsampleNearest } from './pool.ts'
import { mul, square } from './elementwise.ts'
import { sum } from './reduce.ts'

const ramp = (size: number) => Float32Array.from({ length: size }, (_, at) => Math.sin(1 + at * 1.7))

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((total, value, index) => total + value * b[index], 0)

const images = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  c: fc.integer({ min: 1, max: 3 }),
  h: fc.integer({ min: 3, max: 7 }),
  w: fc.integer({ min: 3, max: 7 }),
  size: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
})

describe('averagePool', () => {
  it('is the mean over windows, and its gradient is its transpose', async () => {
    await fc.assert(
      fc.asyncProperty(images, async ({ n, c, h, w, size, stride }) => {
        const values = ramp(n * c * h * w)
        const x = input('x', [n, c, h, w])
        const pooled = averagePool(x, size, { stride })
        const [, , rows, columns] = pooled.shape
        const weights = ramp(n * c * rows * columns)
        const given = constant(values, x.shape)
        const y = averagePool(given, size, { stride })
        const [dx] = gradient(y, [given], constant(weights, y.shape))
        const got = await evaluate({ y, dx })
        const expected = Float32Array.from(weights, (_, at) => {
          const plane = Math.floor(at / (rows * columns))
          const i = Math.floor(at / columns) % rows
          const j = at % columns
          let total = 0
          for (let u = 0; u < size; u++)
            for (let v = 0; v < size; v++) total += values[(plane * h + i * stride + u) * w + j * stride + v]
          return total / (size * size)
        })
        expected.forEach((value, at) => expect(Number(got.y[at])).toBeCloseTo(value, 5))
        expect(dot(expected, weights)).toBeCloseTo(dot(values, got.dx as Float32Array), 4)
      }),
      { numRuns: 40, seed: 3 },
    )
  })

  it('says what does not fit', () => {
    expect(() => averagePool(input('x', [2, 3, 4]), 2)).toThrow(
      /expected x \[batch, channels, height, width\]/,
    )
    expect(() => averagePool(input('x', [2, 3, 4, 4]), 5)).toThrow(/window of 5 does not fit/)
  })
})

describe('upsampleNearest', () => {
  it('repeats pixels', async () => {
    const { y } = await evaluate({
      y: upsampleNearest(constant(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2]), 2),
    })
    expect([...y]).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
  })

  it('is undone by averagePool, and can be differentiated twice', async () => {
    const x = constant(ramp(2 * 3 * 4 * 5), [2, 3, 4, 5])
    const [dx] = gradient(sum(square(upsampleNearest(x, 3))), [x])
    const [ddx] = gradient(sum(square(dx)), [x])
    const got = await evaluate({ back: averagePool(upsampleNearest(x, 3), 3), dx, ddx })
    ramp(120).forEach((value, at) => {
      expect(Number(got.back[at])).toBeCloseTo(value, 5)
      expect(Number(got.dx[at])).toBeCloseTo(18 * value, 4)
      expect(Number(got.ddx[at])).toBeCloseTo(2 * 18 * 18 * value, 3)
    })
  })
})

describe('maxPool', () => {
  it('has a gradient that is linear in what comes in, and shares it between equal maxima', async () => {
    const x = constant(Float32Array.of(1, 1, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 4), [1, 1, 4, 4])
    const seed = constant(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2])
    const [dx] = gradient(maxPool(x, 2), [x], seed)
    const [dseed] = gradient(sum(mul(dx, x)), [seed])
    const got = await evaluate({ dx, dseed })
    expect([...got.dx]).toEqual([0.5, 0.5, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 4])
    expect([...got.dseed]).toEqual([1, 2, 3, 4])
  })

  it('says what does not fit', () => {
    expect(() => maxPool(input('x', [1, 1, 4, 4]), 3, { padding: 2 })).toThrow(/padding 2 .* half of 3/)
    expect(() => maxPool(input('x', [1, 1, 2, 4]), 3)).toThrow(/window of 3 does not fit/)
  })
})
