import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cholesky, choleskyPivoted, invertLower, logDeterminant, solve, solveTriangular } from './cholesky.ts'
import { eigenvaluesSymmetric } from './eigen.ts'
import { diagonal, identity, largestDifference, transpose } from './matrix.ts'
import { multiply, multiplyOwnTranspose } from './product.ts'
import { orders, positiveDefinite, randomMatrix, seeds, semidefinite } from './testing/arbitrary.ts'

test('L L^T = A with L lower triangular', () => {
  fc.assert(
    fc.property(positiveDefinite, (a) => {
      const l = cholesky(a)
      expect(largestDifference(multiplyOwnTranspose(l), a)).toBeLessThan(1e-12)
      l.data.forEach((value, at) => {
        if (at % a.columns > Math.floor(at / a.columns)) expect(value).toBe(0)
      })
    }),
  )
})

test('pivoted: F F^T = A with as many columns as the rank', () => {
  fc.assert(
    fc.property(orders, seeds, (n, seed) => {
      const rank = 1 + (seed % n)
      const a = semidefinite(n, rank, seed)
      const factor = choleskyPivoted(a)
      expect(factor.columns).toBeLessThanOrEqual(rank)
      expect(largestDifference(multiplyOwnTranspose(factor), a)).toBeLessThan(1e-11)
    }),
  )
  expect(choleskyPivoted(diagonal([0, 0])).columns).toBe(0)
})

test('solves undo products', () => {
  fc.assert(
    fc.property(positiveDefinite, seeds, (a, seed) => {
      const x = randomMatrix(a.rows, 3, seed)
      const l = cholesky(a)
      expect(largestDifference(solve(a, multiply(a, x)), x)).toBeLessThan(1e-10)
      expect(largestDifference(solveTriangular(l, multiply(l, x)), x)).toBeLessThan(1e-11)
      const b = multiply(transpose(l), x)
      expect(largestDifference(solveTriangular(l, b, { transposed: true }), x)).toBeLessThan(1e-11)
    }),
  )
})

test('the inverse of a triangular factor', () => {
  fc.assert(
    fc.property(positiveDefinite, (a) => {
      const l = cholesky(a)
      const inverse = invertLower(l)
      expect(largestDifference(multiply(l, inverse), identity(a.rows))).toBeLessThan(1e-11)
      expect(largestDifference(inverse, solveTriangular(l, identity(a.rows)))).toBeLessThan(1e-12)
    }),
  )
})

test('log-determinant is the sum of the eigenvalues logarithms', () => {
  fc.assert(
    fc.property(positiveDefinite, (a) => {
      const expected = eigenvaluesSymmetric(a).reduce((sum, value) => sum + Math.log(value), 0)
      expect(logDeterminant(a)).toBeCloseTo(expected, 10)
    }),
  )
})

test('an indefinite matrix is refused by the pivot that fails', () => {
  expect(() => cholesky(diagonal([1, 2, -3, 4]))).toThrow('pivot 2 of 4 is -3')
  expect(() => solve(diagonal([1, 1]), diagonal([1, 1, 1]))).toThrow('2 equations for 3 right-hand rows')
})
