import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eigenSymmetric, eigenvaluesSymmetric } from './eigen.ts'
import { combine, diagonal, identity, largestDifference, matrix, transpose, type Matrix } from './matrix.ts'
import { multiply, multiplyTransposed, transposedMultiply } from './product.ts'
import { orders, randomMatrix, seeds, semidefinite } from './testing/arbitrary.ts'

function checkDecomposition(a: Matrix, tolerance: number): void {
  const { values, vectors } = eigenSymmetric(a)
  const rebuilt = multiplyTransposed(multiply(vectors, diagonal(values)), vectors)
  expect(largestDifference(rebuilt, a)).toBeLessThan(tolerance)
  expect(largestDifference(transposedMultiply(vectors, vectors), identity(a.rows))).toBeLessThan(1e-12)
  for (let j = 1; j < values.length; j++) expect(values[j]).toBeLessThanOrEqual(values[j - 1])
  const alone = eigenvaluesSymmetric(a)
  alone.forEach((value, j) => expect(Math.abs(value - values[j])).toBeLessThan(tolerance))
}

test('Q diag(lambda) Q^T = A with orthonormal Q, descending values', () => {
  fc.assert(
    fc.property(orders, seeds, (n, seed) => {
      const b = randomMatrix(n, n, seed)
      checkDecomposition(combine(1, b, 1, transpose(b)), 1e-12)
    }),
  )
})

test('rank-deficient, repeated and already diagonal spectra', () => {
  fc.assert(
    fc.property(orders, seeds, (n, seed) => checkDecomposition(semidefinite(n, 1 + (seed % n), seed), 1e-11)),
  )
  checkDecomposition(identity(7), 1e-15)
  checkDecomposition(matrix(5, 5), 1e-15)
  checkDecomposition(diagonal([1e-300, 3, -2, 3, 0]), 1e-15)
  checkDecomposition(combine(1, identity(6), 1, matrix(6, 6, new Float64Array(36).fill(1))), 1e-13)
})

test('off-diagonal entries whose squares underflow are no NaN', () => {
  const coupling = semidefinite(4, 4, 3)
  for (const size of [1e-140, 1e-155, 1e-165, 1e-200, 1e-310]) {
    checkDecomposition(combine(1, identity(4), size, coupling), 1e-14)
    const { values } = eigenSymmetric(combine(size, coupling, 0, coupling))
    eigenSymmetric(coupling).values.forEach((value, j) => expect(values[j] / size).toBeCloseTo(value, 3))
  }
})

test('orders beyond the bands in which rotations are applied, with rows left over from pairs and fours', () => {
  for (const n of [65, 131]) {
    const b = randomMatrix(n, n, n)
    checkDecomposition(combine(1, b, 1, transpose(b)), 1e-11)
  }
})

test('a graded matrix keeps its small eigenvalues', () => {
  const n = 12
  const { vectors } = eigenSymmetric(semidefinite(n, n, 9))
  const spectrum = Array.from({ length: n }, (_, j) => 10 ** -j)
  const graded = multiplyTransposed(multiply(vectors, diagonal(spectrum)), vectors)
  eigenvaluesSymmetric(graded).forEach((value, j) =>
    expect(Math.abs(value - spectrum[j])).toBeLessThan(1e-14),
  )
})

test('signs are fixed: the largest-magnitude entry of each vector is positive', () => {
  const { vectors } = eigenSymmetric(semidefinite(9, 9, 4))
  for (let j = 0; j < 9; j++) {
    const column = Array.from({ length: 9 }, (_, i) => vectors.data[i * 9 + j])
    expect(column.reduce((largest, x) => (Math.abs(x) > Math.abs(largest) ? x : largest), 0)).toBeGreaterThan(
      0,
    )
  }
})

test('what has no eigendecomposition is refused', () => {
  expect(() => eigenSymmetric(matrix(2, 3))).toThrow('needs a square matrix, got 2 x 3')
  expect(() => eigenSymmetric(matrix(2, 2, Float64Array.of(1, 0, NaN, 1)))).toThrow('got NaN at (1, 0)')
  expect(eigenSymmetric(matrix(0, 0)).values).toHaveLength(0)
})
