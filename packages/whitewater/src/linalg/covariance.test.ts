import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covariance, flatten } from './covariance.ts'
import { largestDifference, matrix, type Matrix } from './matrix.ts'
import { multiply, multiplyTransposed } from './product.ts'
import { randomMatrix, seeds, uniform } from './testing/arbitrary.ts'

const samplesOf = ({ data, rows, columns }: Matrix) => ({ data, n: rows, d: columns })

test('covariance of A x + b is A Cov(x) A^T, with a mean that drowns no digits', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const x = randomMatrix(40, 5, seed)
      const a = randomMatrix(4, 5, seed + 1)
      const y = multiplyTransposed(x, a)
      y.data.forEach((value, at) => (y.data[at] = value + 1000 * (1 + (at % 4))))
      const expected = multiply(a, multiplyTransposed(covariance(samplesOf(x)).covariance, a))
      expect(largestDifference(covariance(samplesOf(y)).covariance, expected)).toBeLessThan(1e-10)
    }),
  )
})

test('blocks of samples add up, and float32 data is read as it is', () => {
  const next = uniform(5)
  const data = Float32Array.from({ length: 1500 * 3 }, next)
  const { mean, covariance: s } = covariance(flatten(ndarray(data, [1500, 3, 1])), { ddof: 0 })
  let sum = 0
  let product = 0
  for (let i = 0; i < 1500; i++) sum += data[i * 3 + 2] / 1500
  for (let i = 0; i < 1500; i++) product += ((data[i * 3 + 2] - sum) * (data[i * 3] - mean[0])) / 1500
  expect(mean[2]).toBeCloseTo(sum, 14)
  expect(s.data[2]).toBeCloseTo(product, 14)
  expect(s.data[6]).toBe(s.data[2])
})

test('too few samples and missing features are refused', () => {
  expect(() => covariance(samplesOf(matrix(1, 2)))).toThrow('more than 1 samples, got 1')
  expect(() => flatten(ndarray(new Float32Array(3), [3]))).toThrow(
    'got shape [3], expected [samples, ...features]',
  )
})
