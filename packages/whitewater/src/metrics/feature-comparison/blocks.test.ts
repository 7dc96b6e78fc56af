import { expect, test } from 'vitest'
import type { Samples } from '../../linalg/covariance.ts'
import { randomMatrix } from '../../linalg/testing/arbitrary.ts'
import { blockPairs, countBlockPairs } from './feature-blocks.ts'

const zeros = (n: number, d: number): Samples => ({ data: new Float32Array(n * d), n, d })

const samples = (n: number, d: number): Samples => ({ data: randomMatrix(n, d, 1).data, n, d })

/** How often each pair of samples is visited, [n, m]; a block off the diagonal of a set with itself counts for its mirror image too. */
function visits(x: Samples, y?: Samples): Uint8Array {
  const columns = (y ?? x).n
  const counts = new Uint8Array(x.n * columns)
  let blocks = 0
  for (const [row, column] of blockPairs(x, new Float64Array(x.d), y)) {
    blocks++
    for (let i = row.start; i < row.start + row.size; i++) {
      for (let j = column.start; j < column.start + column.size; j++) {
        counts[i * columns + j]++
        if (!y && row.start !== column.start) counts[j * columns + i]++
      }
    }
  }
  expect(blocks).toBe(countBlockPairs(x, y))
  return counts
}

// 8,000 features: columns are held in panels of two blocks.
test.each([
  [1, 2],
  [512, 2],
  [1300, 2],
  [1300, 8000],
])('every pair once: %i samples of %i features, with themselves and with others', (n, d) => {
  const x = zeros(n, d)
  const y = zeros(1100, d)
  expect(visits(x).every((count) => count === 1)).toBe(true)
  expect(visits(x, y).every((count) => count === 1)).toBe(true)
})

test('products of rows with columns are squared distances, bases make them inner products', () => {
  const x = samples(3, 4)
  const y = { ...samples(2, 4), data: randomMatrix(2, 4, 2).data }
  const [[row, column]] = [...blockPairs(x, Float64Array.of(5, -1, 0.5, 2), y)]
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 2; j++) {
      let squared = 0
      let product = 0
      let expected = 0
      for (let k = 0; k < 6; k++) squared += row.features.data[i * 6 + k] * column.features.data[j * 6 + k]
      for (let k = 0; k < 4; k++) {
        const a = x.data[i * 4 + k]
        const b = y.data[j * 4 + k]
        product += a * b
        expected += (a - b) ** 2
      }
      expect(squared).toBeCloseTo(expected, 12)
      expect(row.base.data[i] + column.base.data[j] - squared / 8).toBeCloseTo(product / 4 + 1, 12)
    }
  }
})
