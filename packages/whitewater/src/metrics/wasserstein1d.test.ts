import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineDistances } from './wasserstein1d.ts'

const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 12 })

const repeat = (list: number[], times: number): number[] =>
  list.flatMap((value) => Array<number>(times).fill(value))

test('equal sizes pair up in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.integer({ min: -9, max: 9 })), {
        minLength: 1,
      }),
      (pairs) => {
        const a = pairs.map(([x]) => x).sort((x, y) => x - y)
        const b = pairs.map(([, y]) => y).sort((x, y) => x - y)
        const found = lineDistances(
          pairs.map(([x]) => x),
          pairs.map(([, y]) => y),
        )
        expect(found.w1).toBeCloseTo(a.reduce((sum, x, i) => sum + Math.abs(x - b[i]), 0) / a.length, 10)
        expect(found.w2Squared).toBeCloseTo(a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0) / a.length, 10)
      },
    ),
  )
})

test('unequal sizes agree with both sets repeated to a common size', () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const found = lineDistances(a, b)
      const expected = lineDistances(repeat(a, b.length), repeat(b, a.length))
      expect(found.w1).toBeCloseTo(expected.w1, 9)
      expect(found.w2Squared).toBeCloseTo(expected.w2Squared, 9)
    }),
  )
})
