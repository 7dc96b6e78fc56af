import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assign, solveAssignment } from './assignment.ts'
import { bell, randomMatrix, seeds, uniform } from './testing/arbitrary.ts'

function bestByTrial(cost: Float64Array, n: number, row = 0, taken = 0): number {
  if (row === n) return 0
  let best = Infinity
  for (let j = 0; j < n; j++) {
    if ((taken >> j) & 1) continue
    best = Math.min(best, cost[row * n + j] + bestByTrial(cost, n, row + 1, taken | (1 << j)))
  }
  return best
}

const totalOf = (cost: Float64Array, n: number, columns: Int32Array): number =>
  columns.reduce((sum, j, i) => sum + cost[i * n + j], 0)

/** Squared distances between points of the plane. */
const distances = (a: Float64Array, b: Float64Array): Float64Array =>
  Float64Array.from({ length: (a.length / 2) ** 2 }, (_, at) => {
    const i = Math.floor(at / (a.length / 2))
    const j = at % (a.length / 2)
    return (a[2 * i] - b[2 * j]) ** 2 + (a[2 * i + 1] - b[2 * j + 1]) ** 2
  })

test.each([1, 2, 3, 4, 5, 6, 7])('as cheap as the best of all permutations, n = %i', (n) => {
  const costs = fc.oneof(
    seeds.map((seed) => randomMatrix(n, n, seed).data),
    seeds.map((seed) => randomMatrix(n, n, seed).data.map((c) => 1e9 + c)),
    // Few values: ties everywhere.
    fc
      .array(fc.integer({ min: -2, max: 2 }), { minLength: n * n, maxLength: n * n })
      .map((values) => Float64Array.from(values)),
  )
  fc.assert(
    fc.property(costs, (cost) => {
      const columns = assign(cost, n)
      expect(Array.from(columns).sort()).toEqual(Array.from({ length: n }, (_, i) => i))
      const scale = cost.reduce((most, c) => Math.max(most, Math.abs(c)), 1)
      const excess = totalOf(cost, n, columns) - bestByTrial(cost, n)
      expect(Math.abs(excess) / scale).toBeLessThan(1e-14 * n)
    }),
    { numRuns: n < 7 ? 60 : 20 },
  )
})

const plane = (n: number, seed: number): Float64Array => {
  const next = uniform(seed)
  return Float64Array.from({ length: 2 * n }, () => bell(next) / 2)
}

const clustered = (n: number, spread: number, seed: number): Float64Array =>
  plane(n, seed).map((value, k) => 7 * Math.cos(((k >> 1) % 5) + 2 * (k % 2)) + spread * value)

const large: [string, (n: number) => Float64Array][] = [
  ['uniform', (n) => randomMatrix(n, n, 1).data],
  ['of points', (n) => distances(plane(n, 2), plane(n, 3))],
  ['of clusters', (n) => distances(plane(n, 4), clustered(n, 0.1, 5))],
  ['of tight clusters', (n) => distances(clustered(n, 1e-5, 6), plane(n, 7))],
  [
    'of points on a line',
    (n) =>
      distances(
        plane(n, 8),
        plane(n, 9).map((value, k) => (k % 2) * value),
      ),
  ],
  ['of points with themselves', (n) => distances(plane(n, 10), plane(n, 10))],
  ['of one point n times', (n) => distances(plane(n, 11), new Float64Array(2 * n))],
  ['integer', (n) => randomMatrix(n, n, 12).data.map((c) => Math.round(9 * c))],
  [
    'i times j',
    (n) => Float64Array.from({ length: n * n }, (_, at) => (1 + Math.floor(at / n)) * (1 + (at % n))),
  ],
]

test.each(large)('the prices prove that it is the optimum: costs %s', (_, make) => {
  const n = 150
  const cost = make(n)
  const { columnOf, rowPrice, columnPrice } = solveAssignment(cost, n)
  expect(new Set(columnOf).size).toBe(n)
  const rounding = 1e-13 * cost.reduce((most, c) => Math.max(most, Math.abs(c)), 0)
  const least = cost.reduce(
    (low, c, at) => Math.min(low, c - rowPrice[Math.floor(at / n)] - columnPrice[at % n]),
    Infinity,
  )
  expect(least).toBeGreaterThanOrEqual(-rounding)
  const dual = rowPrice.reduce((a, b) => a + b, 0) + columnPrice.reduce((a, b) => a + b, 0)
  expect(Math.abs(totalOf(cost, n, columnOf) - dual)).toBeLessThanOrEqual(n * rounding)
})

test('on a line the order decides: the least pairs the k-th with the k-th', () => {
  const n = 60
  const a = randomMatrix(n, 1, 1).data
  const b = randomMatrix(n, 1, 2).data
  const cost = Float64Array.from({ length: n * n }, (_, at) => (a[Math.floor(at / n)] - b[at % n]) ** 2)
  const columns = assign(cost, n)
  const order = Array.from(columns.keys()).sort((i, j) => a[i] - a[j])
  expect(order.map((i) => b[columns[i]])).toEqual([...b].sort((x, y) => x - y))
})

test('costs that are missing or not finite are refused', () => {
  expect(() => assign(new Float64Array(3), 2)).toThrow('got 3 costs, expected 2 x 2')
  expect(() => assign(Float64Array.of(0, NaN, 0, 0), 2)).toThrow('cost 1 is NaN')
  expect(assign(new Float64Array(0), 0)).toHaveLength(0)
})
