import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assign } from './assignment.ts'
import { randomMatrix, seeds } from './testing/arbitrary.ts'

function bestByTrial(cost: Float64Array, n: number, row = 0, taken = 0): number {
  if (row === n) return 0
  let best = Infinity
  for (let j = 0; j < n; j++) {
    if ((taken >> j) & 1) continue
    best = Math.min(best, cost[row * n + j] + bestByTrial(cost, n, row + 1, taken | (1 << j)))
  }
  return best
}

test('as cheap as the best of all permutations', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), seeds, (n, seed) => {
      const cost = randomMatrix(n, n, seed).data
      const assignment = assign(cost, n)
      expect(Array.from(assignment).sort()).toEqual(Array.from({ length: n }, (_, i) => i))
      expect(assignment.reduce((sum, j, i) => sum + cost[i * n + j], 0)).toBeCloseTo(bestByTrial(cost, n), 12)
    }),
  )
})

test('finds a hidden permutation, and accepts ties', () => {
  const hidden = [3, 0, 2, 1]
  const cost = new Float64Array(16).fill(1)
  hidden.forEach((j, i) => (cost[i * 4 + j] = 0))
  expect(Array.from(assign(cost, 4))).toEqual(hidden)
  expect(new Set(assign(new Float64Array(16), 4)).size).toBe(4)
})

test('costs that are missing or not finite are refused', () => {
  expect(() => assign(new Float64Array(3), 2)).toThrow('got 3 costs, expected 2 x 2')
  expect(() => assign(Float64Array.of(0, NaN, 0, 0), 2)).toThrow('cost 1 is NaN')
})
