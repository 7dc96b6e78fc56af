import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covariance } from './covariance.ts'
import { marginalsOf } from './marginals.ts'
import { inBlocks } from './moments.ts'
import { randomMatrix, seeds } from './testing/arbitrary.ts'

test('mean and variance in blocks of any size are those of the covariance, far from 0 too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      seeds,
      async (n, rows, seed) => {
        const d = 3
        const data = randomMatrix(n, d, seed).data.map((value, at) => value * 10 ** (at % d) + 1e7)
        const { count, mean, variance } = await marginalsOf(inBlocks({ data, n, d }, rows), d)
        const expected = covariance({ data, n, d })
        expect(count).toBe(n)
        mean.forEach((value, j) => expect(value).toBeCloseTo(expected.mean[j], 6))
        variance.forEach((value, j) => {
          expect(Math.abs(value / expected.covariance.data[j * 4] - 1)).toBeLessThan(1e-9)
        })
      },
    ),
    { numRuns: 40 },
  )
})

test('refuses blocks of another width, and a single sample', async () => {
  const one = { data: new Float32Array(3), n: 1, d: 3 }
  await expect(marginalsOf([one], 2)).rejects.toThrow(RangeError)
  await expect(marginalsOf([one], 3)).rejects.toThrow(/at least 2 samples, got 1/)
})
