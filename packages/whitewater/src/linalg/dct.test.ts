import { expect, test } from 'vitest'
import { dctMatrix } from './dct.ts'
import { identity, largestDifference, matrix } from './matrix.ts'
import { multiplyOwnTranspose, multiplyTransposed } from './product.ts'

test.each([1, 2, 7, 8, 64])('is orthogonal: %i', (n) => {
  expect(largestDifference(multiplyOwnTranspose(dctMatrix(n)), identity(n))).toBeLessThan(1e-13)
})

// The definition by hand: scale sqrt(1/4) for k = 0, sqrt(2/4) for the others.
test('transforms as the orthonormal DCT-II does', () => {
  const x = [1, 2, 4, 8]
  const { data } = multiplyTransposed(dctMatrix(4), matrix(1, 4, Float64Array.from(x)))
  expect(data[0]).toBeCloseTo(7.5, 12)
  for (let k = 1; k < 4; k++) {
    const sum = x.reduce((total, value, j) => total + value * Math.cos((Math.PI * k * (2 * j + 1)) / 8), 0)
    expect(data[k]).toBeCloseTo(sum / Math.SQRT2, 12)
  }
})

test('diagonalises what is even about its ends: second differences with mirrored borders', () => {
  const n = 6
  const differences = matrix(n, n)
  for (let i = 0; i < n; i++) {
    for (const j of [i - 1, i + 1]) {
      if (j < 0 || j >= n) continue
      differences.data[i * n + i]++
      differences.data[i * n + j]--
    }
  }
  const c = dctMatrix(n)
  const turned = multiplyTransposed(multiplyTransposed(c, differences), c)
  turned.data.forEach((value, at) => {
    const k = Math.floor(at / n)
    expect(value).toBeCloseTo(at % (n + 1) === 0 ? 2 - 2 * Math.cos((Math.PI * k) / n) : 0, 12)
  })
})
