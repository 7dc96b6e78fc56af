import fc from 'fast-check'
import { expect, test } from 'vitest'
import { identity, largestDifference, matrix, transpose, type Matrix } from './matrix.ts'
import {
  multiply,
  multiplyOwnTranspose,
  multiplyTransposed,
  multiplyVector,
  transposedMultiply,
} from './product.ts'
import { pack, squaredNorms, view } from './product.ts'
import { randomMatrix, seeds } from './testing/arbitrary.ts'

function plainProduct(a: Matrix, b: Matrix): Matrix {
  const result = matrix(a.rows, b.columns)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.columns; j++) {
      for (let k = 0; k < a.columns; k++) {
        result.data[i * b.columns + j] += a.data[i * a.columns + k] * b.data[k * b.columns + j]
      }
    }
  }
  return result
}

const extent = fc.integer({ min: 1, max: 20 })

test('every variant agrees with the definition, whatever the tile remainders', () => {
  fc.assert(
    fc.property(extent, extent, extent, seeds, (m, k, n, seed) => {
      const a = randomMatrix(m, k, seed)
      const b = randomMatrix(k, n, seed + 1)
      const expected = plainProduct(a, b)
      expect(largestDifference(multiply(a, b), expected)).toBeLessThan(1e-13)
      expect(largestDifference(multiplyTransposed(a, transpose(b)), expected)).toBeLessThan(1e-13)
      expect(largestDifference(transposedMultiply(transpose(a), b), expected)).toBeLessThan(1e-13)
      expect(largestDifference(multiplyOwnTranspose(a), plainProduct(a, transpose(a)))).toBeLessThan(1e-13)
    }),
  )
})

test('sizes beyond the cache blocks agree with the definition', () => {
  const a = randomMatrix(101, 1030, 1)
  const b = randomMatrix(1030, 7, 2)
  expect(largestDifference(multiply(a, b), plainProduct(a, b))).toBeLessThan(1e-11)
  expect(largestDifference(multiplyOwnTranspose(a), plainProduct(a, transpose(a)))).toBeLessThan(1e-11)
})

test('squared norms equal the diagonal of A A^T bit for bit', () => {
  const a = randomMatrix(8, 1100, 3)
  const gram = multiplyOwnTranspose(a)
  expect(Array.from(squaredNorms(pack(view(a))))).toEqual(
    Array.from({ length: 8 }, (_, i) => gram.data[i * 9]),
  )
})

test('a matrix times a vector', () => {
  const a = randomMatrix(4, 3, 4)
  const x = randomMatrix(3, 1, 5)
  expect(Array.from(multiplyVector(a, x.data))).toEqual(Array.from(plainProduct(a, x).data))
  expect(() => multiplyVector(a, [1])).toThrow('cannot multiply a 4 x 3 matrix with 1 entries')
})

test('sizes that do not fit are refused', () => {
  expect(() => multiply(identity(2), identity(3))).toThrow('cannot multiply rows of 2 with rows of 3 entries')
  expect(() => matrix(2, 2, new Float64Array(3))).toThrow('3 elements do not fill a 2 x 2 matrix')
})
