import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assign } from './assignment.ts'
import { entropicPlan } from './sinkhorn.ts'
import { randomMatrix, seeds } from './testing/arbitrary.ts'

const costs = fc
  .tuple(fc.integer({ min: 2, max: 12 }), seeds, fc.constantFrom(1e-3, 1, 1e6))
  .map(([n, seed, scale]) => ({ n, cost: randomMatrix(n, n, seed).data.map((c) => scale * c), scale }))

const sums = (values: Float64Array, n: number) => {
  const rows = new Float64Array(n)
  const columns = new Float64Array(n)
  values.forEach((value, at) => {
    rows[Math.floor(at / n)] += value
    columns[at % n] += value
  })
  return { rows, columns }
}

test('rows and columns sum to 1, whatever the scale of the costs', () => {
  fc.assert(
    fc.property(costs, ({ n, cost, scale }) => {
      const plan = entropicPlan(cost, n, { epsilon: 0.3 * scale, sweeps: 5000, tolerance: 1e-10 })
      const { rows, columns } = sums(plan.values, n)
      expect(plan.error).toBeLessThanOrEqual(1e-10)
      rows.forEach((sum) => expect(sum).toBeCloseTo(1, 12))
      columns.forEach((sum) => expect(sum).toBeCloseTo(1, 8))
    }),
  )
})

test('it is the plan of its prices: log P + C / epsilon splits into a row part and a column part', () => {
  fc.assert(
    fc.property(costs, ({ n, cost, scale }) => {
      const epsilon = 0.3 * scale
      const { values } = entropicPlan(cost, n, { epsilon, sweeps: 20, tolerance: 0 })
      const part = (i: number, j: number) => Math.log(values[i * n + j]) + cost[i * n + j] / epsilon
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          expect(part(i, j) - part(i, 0) - part(0, j) + part(0, 0)).toBeCloseTo(0, 9)
    }),
  )
})

test('a small entropy gives the optimal permutation, far outside the range of exp(-C / epsilon); a large one gives 1 / n', () => {
  const n = 8
  const cost = randomMatrix(n, n, 3).data
  const sharp = entropicPlan(cost, n, { epsilon: 1e-3, sweeps: 20_000, tolerance: 1e-9 })
  assign(cost, n).forEach((j, i) => expect(sharp.values[i * n + j]).toBeGreaterThan(0.99))
  // The largest scalings are taken up into the prices on the way: costs of 1e6 epsilon.
  const steep = entropicPlan(
    cost.map((c, at) => c + 1000 * Math.floor(at / n) * (at % n)),
    n,
    {
      epsilon: 1e-3,
      sweeps: 100,
      tolerance: 0,
    },
  )
  steep.values.forEach((value) => expect(value).toBeGreaterThanOrEqual(0))
  sums(steep.values, n).rows.forEach((sum) => expect(sum).toBeCloseTo(1, 9))
  const flat = entropicPlan(cost, n, { epsilon: 1e6, sweeps: 100, tolerance: 1e-12 })
  flat.values.forEach((value) => expect(value).toBeCloseTo(1 / n, 6))
})

test('the less entropy, the cheaper the plan, down to the cost of the best permutation', () => {
  const n = 30
  const cost = randomMatrix(n, n, 4).data
  const costOf = (epsilon: number): number =>
    entropicPlan(cost, n, { epsilon, sweeps: 5000, tolerance: 1e-6 }).values.reduce(
      (sum, value, at) => sum + value * cost[at],
      0,
    )
  const best = assign(cost, n).reduce((sum, j, i) => sum + cost[i * n + j], 0)
  const costs = [1, 0.3, 0.1, 0.03].map(costOf)
  costs.slice(1).forEach((value, k) => expect(value).toBeLessThan(costs[k]))
  expect(costs[3]).toBeGreaterThanOrEqual(best - 1e-3)
  // An entropy of at most n log n times epsilon can be bought with it.
  expect(costs[3]).toBeLessThan(best + 0.03 * n * Math.log(n))
})

test('sweeps go on from given prices', () => {
  const n = 12
  const cost = randomMatrix(n, n, 5).data
  const request = { epsilon: 0.2, tolerance: 1e-8 }
  const cold = entropicPlan(cost, n, { ...request, sweeps: 1000 })
  const warm = entropicPlan(cost, n, { ...request, sweeps: 1000, rowPrice: cold.rowPrice })
  expect(cold.sweeps).toBeGreaterThan(10)
  expect(warm.sweeps).toBe(1)
  warm.values.forEach((value, at) => expect(value).toBeCloseTo(cold.values[at], 7))
  expect(() => entropicPlan(cost, n, { ...request, sweeps: 1, epsilon: 0 })).toThrow('epsilon is 0')
})
