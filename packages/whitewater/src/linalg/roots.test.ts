import fc from 'fast-check'
import { expect, test } from 'vitest'
import { combine, diagonal, identity, largestDifference, matrix } from './matrix.ts'
import { multiply, multiplyTransposed } from './product.ts'
import { conditionNumber, inverseSqrtSymmetric, sqrtSymmetric, traceOfSqrtProduct } from './roots.ts'
import { eigenSymmetric } from './eigen.ts'
import { orders, positiveDefinite, seeds, semidefinite } from './testing/arbitrary.ts'

test('root squared is A; inverse root squared times A is I', () => {
  fc.assert(
    fc.property(positiveDefinite, (a) => {
      const root = sqrtSymmetric(a)
      const inverse = inverseSqrtSymmetric(a)
      expect(largestDifference(multiply(root, root), a)).toBeLessThan(1e-12)
      expect(largestDifference(multiply(multiply(inverse, inverse), a), identity(a.rows))).toBeLessThan(1e-10)
    }),
  )
})

test('kappa of a known spectrum, and of scaled and shifted matrices', () => {
  const { vectors } = eigenSymmetric(semidefinite(6, 6, 2))
  const rotated = multiplyTransposed(multiply(vectors, diagonal([8, 5, 4, 3, 2, 0.5])), vectors)
  expect(conditionNumber(rotated)).toBeCloseTo(16, 10)
  expect(conditionNumber(combine(1, rotated, 7, identity(6)))).toBeCloseTo(2, 10)
  expect(conditionNumber(diagonal([1, 0]))).toBe(Infinity)
})

test('tr (A A)^{1/2} = tr A, symmetric in its arguments, and a sum of root products when A and B commute', () => {
  fc.assert(
    fc.property(positiveDefinite, (a) => {
      const trace = a.data.reduce((sum, value, at) => sum + (at % (a.rows + 1) === 0 ? value : 0), 0)
      expect(traceOfSqrtProduct(a, a)).toBeCloseTo(trace, 9)
    }),
  )
  fc.assert(
    fc.property(orders, seeds, (n, seed) => {
      const a = semidefinite(n, 1 + (seed % n), seed)
      const b = semidefinite(n, n, seed + 1)
      expect(traceOfSqrtProduct(a, b)).toBeCloseTo(traceOfSqrtProduct(b, a), 5)
    }),
  )
  expect(traceOfSqrtProduct(diagonal([4, 9, 0]), diagonal([1, 4, 25]))).toBeCloseTo(8, 12)
  expect(traceOfSqrtProduct(diagonal([1, 0]), diagonal([0, 1]))).toBe(0)
})

test('a singular matrix needs a floor', () => {
  const singular = diagonal([4, 0])
  expect(() => inverseSqrtSymmetric(singular)).toThrow('give a floor')
  const raised = inverseSqrtSymmetric(singular, { floor: 0.25 })
  expect(largestDifference(raised, diagonal([0.5, 1]))).toBeLessThan(1e-15)
  expect(() => inverseSqrtSymmetric(matrix(2, 2), { floor: 0.1 })).toThrow('the data does not vary')
})
