import { randomStream } from '@whitewater/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covariance } from '../../linalg/covariance.ts'
import { seeds } from '../../linalg/testing/arbitrary.ts'
import { squaredDistances } from './cost.ts'
import { couplingKinds, couplingNamed } from './registry.ts'

const d = 3

/** Noise, data of three clusters with their labels, and a stream. */
function batch(n: number, seed: number) {
  const stream = randomStream(seed)
  const x0 = stream.split('noise').normal(n * d)
  const labels = stream.split('labels').integers(n, 3)
  const x1 = stream.split('data').normal(n * d)
  for (let i = 0; i < n * d; i++) x1[i] = 0.3 * x1[i] + 4 * labels[Math.floor(i / d)]
  return { x0, x1, labels, options: { n, d, stream: stream.split('pairs') } }
}

const meanCost = (x0: Float32Array, x1: Float32Array, pairs: Int32Array): number => {
  const n = pairs.length
  const cost = squaredDistances(x1, x0, n, d)
  return pairs.reduce((sum, j, i) => sum + cost[i * n + j], 0) / n
}

const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b)

test('distances are those of the definition, also far from the origin', () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(0, 1000), (seed, shift) => {
      const n = 7
      const [a, b] = [0, 1].map((k) =>
        randomStream(seed + k)
          .normal(n * d)
          .map((value) => value + shift),
      )
      squaredDistances(a, b, n, d).forEach((value, at) => {
        const i = Math.floor(at / n)
        const j = at % n
        let sum = 0
        for (let k = 0; k < d; k++) sum += (a[i * d + k] - b[j * d + k]) ** 2
        expect(Math.abs(value - sum)).toBeLessThan(1e-14 * (1 + 10 * shift ** 2))
      })
    }),
  )
})

test('optimal transport is the cheapest permutation; sinkhorn lies between it and the independent coupling', () => {
  const { x0, x1, options } = batch(96, 1)
  const costs = ['independent', 'sinkhorn', 'optimal-transport'].map((kind) =>
    meanCost(x0, x1, couplingNamed({ kind }).pair(x0, x1, options)),
  )
  expect(costs[0]).toBeGreaterThan(1.02 * costs[1])
  expect(costs[1]).toBeGreaterThan(1.001 * costs[2])
  const best = couplingNamed({ kind: 'optimal-transport' }).pair(x0, x1, options)
  expect(sorted(best)).toEqual(Array.from(best.keys()))
  // No exchange of two pairs makes it cheaper.
  const cost = squaredDistances(x1, x0, 96, d)
  for (let i = 0; i < 96; i++) {
    for (let k = 0; k < i; k++) {
      const exchanged = cost[i * 96 + best[k]] + cost[k * 96 + best[i]]
      expect(exchanged).toBeGreaterThanOrEqual(cost[i * 96 + best[i]] + cost[k * 96 + best[k]] - 1e-9)
    }
  }
})

test('a small epsilon approaches optimal transport, a large one the independent coupling', () => {
  const { x0, x1, options } = batch(64, 2)
  const cost = (epsilon: number): number =>
    meanCost(x0, x1, couplingNamed({ kind: 'sinkhorn', epsilon, iterations: 2000 }).pair(x0, x1, options))
  const least = meanCost(x0, x1, couplingNamed({ kind: 'optimal-transport' }).pair(x0, x1, options))
  expect(cost(1e-3)).toBeLessThan(1.01 * least)
  const all = squaredDistances(x1, x0, 64, d).reduce((a, b) => a + b, 0) / 64 ** 2
  expect(cost(100) / all).toBeCloseTo(1, 1)
})

test.each(couplingKinds)('%s: with labels every class keeps the noise that stood beside it', (kind) => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 40 }), (seed, n) => {
      const { x0, x1, labels, options } = batch(n, seed)
      const pairs = couplingNamed({ kind }).pair(x0, x1, { ...options, labels })
      expect(Array.from(pairs, (row) => labels[row])).toEqual(Array.from(labels))
    }),
    { numRuns: 20 },
  )
})

test('within a class optimal transport is that of the class alone', () => {
  const { x0, x1, labels, options } = batch(60, 3)
  const coupling = couplingNamed({ kind: 'optimal-transport' })
  const pairs = coupling.pair(x0, x1, { ...options, labels })
  const rows = [...labels.keys()].filter((row) => labels[row] === 1)
  const only = (x: Float32Array) =>
    Float32Array.from(rows.flatMap((row) => [...x.subarray(row * d, (row + 1) * d)]))
  const alone = coupling.pair(only(x0), only(x1), { ...options, n: rows.length })
  expect(rows.map((row) => pairs[row])).toEqual(Array.from(alone, (k) => rows[k]))
})

test.each(couplingKinds)('%s: over many batches the noise of a class is still N(0, I)', (kind) => {
  const coupling = couplingNamed({ kind })
  const n = 64
  const drawn: number[] = []
  for (let k = 0; k < 60; k++) {
    const { x0, x1, labels, options } = batch(n, 100 + k)
    const pairs = coupling.pair(x0, x1, { ...options, labels })
    labels.forEach((label, i) => {
      if (label === 2) drawn.push(...x0.subarray(pairs[i] * d, (pairs[i] + 1) * d))
    })
  }
  const count = drawn.length / d
  const { mean, covariance: sigma } = covariance({ data: Float64Array.from(drawn), n: count, d })
  // Sinkhorn uses some noise twice: its effective number is smaller, so six standard errors instead of four.
  const bound = 6 / Math.sqrt(count)
  mean.forEach((value) => expect(Math.abs(value)).toBeLessThan(bound))
  sigma.data.forEach((value, at) =>
    expect(Math.abs(value - (at % (d + 1) === 0 ? 1 : 0))).toBeLessThan(Math.SQRT2 * bound),
  )
})

test('pairs depend on the stream alone; identical points and batches of one are no special case', () => {
  const { x0, x1, options } = batch(20, 4)
  const draw = (seed: number) =>
    couplingNamed({ kind: 'sinkhorn', epsilon: 1 }).pair(x0, x1, { ...options, stream: randomStream(seed) })
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
  for (const kind of couplingKinds) {
    const same = couplingNamed({ kind }).pair(new Float32Array(12), new Float32Array(12), {
      ...options,
      n: 4,
    })
    same.forEach((row) => expect(row).toBeLessThan(4))
    expect(
      Array.from(couplingNamed({ kind }).pair(x0.subarray(0, d), x1.subarray(0, d), { ...options, n: 1 })),
    ).toEqual([0])
  }
})

test('one line says what is wrong with a coupling', () => {
  expect(() => couplingNamed({ kind: 'sinkhorm' })).toThrow(
    "unknown coupling 'sinkhorm': did you mean 'sinkhorn'?",
  )
  expect(() => couplingNamed({ kind: 'independent', epsilon: 1 })).toThrow(
    'the independent coupling takes no options, got epsilon: leave it out',
  )
  expect(() => couplingNamed({ kind: 'sinkhorn', epsilon: 'small' })).toThrow(
    'sinkhorn: epsilon is "small": expected number, received string',
  )
  expect(() => couplingNamed({ kind: 'sinkhorn', epsilon: 0 })).toThrow('sinkhorn got epsilon 0, expected')
  expect(() => couplingNamed({ kind: 'sinkhorn', iterations: 1.5 })).toThrow('sinkhorn got 1.5 iterations')
  expect(() => couplingNamed({ kind: 'sinkhorn', tolerance: -1 })).toThrow('sinkhorn got tolerance -1')
  const { x0, x1, options } = batch(4, 5)
  expect(() => couplingNamed({ kind: 'optimal-transport' }).pair(x0, x1, { ...options, n: 5 })).toThrow(
    'a batch of 12 numbers, expected 5 x 3',
  )
})
