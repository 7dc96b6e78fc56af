// What a distance between two sets must satisfy whatever the sets: symmetry, zero on identical sets, invariance under rotation and shift.
import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seeds } from '../linalg/testing/arbitrary.ts'
import { frechetDistance } from './frechet.ts'
import { kid, kidOfSubsets, kidSubsets } from './kid.ts'
import { manifoldMetrics } from './manifold.ts'
import { mmd, mmdBiased, mmdEstimates, medianBandwidth } from './mmd.ts'
import type { Vectors } from './samples.ts'
import { randomDirections, slicedWasserstein } from './sliced-wasserstein.ts'
import { cloud, moved } from './testing.ts'

type Distance = (x: Vectors, y: Vectors) => number

const distances: [string, Distance][] = [
  ['frechet', frechetDistance],
  ['biased mmd', (x, y) => mmdBiased(x, y)],
  ['biased kid', (x, y) => kid(x, y).biased],
  ['sliced wasserstein', (x, y) => slicedWasserstein(x, y, { count: 32 }).w2],
]

describe.each(distances)('%s', (_, distance) => {
  test('is symmetric, not negative, and 0 on identical sets', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const x = cloud(25, 3, seed)
        const y = cloud(30, 3, seed + 1, 0.7)
        expect(distance(x, y)).toBeCloseTo(distance(y, x), 9)
        expect(distance(x, y)).toBeGreaterThan(-1e-12)
        expect(distance(x, x)).toBeCloseTo(0, 6)
      }),
      { numRuns: 30 },
    )
  })
})

test('rotating and moving both sets changes nothing', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const x = cloud(40, 4, seed)
      const y = cloud(30, 4, seed + 1, 0.4)
      const u = moved(x, seed, 5)
      const v = moved(y, seed, 5)
      expect(frechetDistance(u, v)).toBeCloseTo(frechetDistance(x, y), 9)
      expect(mmd(u, v)).toBeCloseTo(mmd(x, y), 10)
      expect(manifoldMetrics(u, v)).toEqual(manifoldMetrics(x, y))
    }),
    { numRuns: 30 },
  )
})

test('rotation leaves KID alone', () => {
  const x = cloud(40, 4, 1)
  const y = cloud(30, 4, 2, 0.4)
  expect(kid(moved(x, 3), moved(y, 3)).unbiased).toBeCloseTo(kid(x, y).unbiased, 10)
})

test('Frechet distance of diagonal Gaussians follows its formula; a shift alone costs its square', () => {
  const x = cloud(200, 2, 5)
  const shifted = ndarray(
    x.data.map((value, at) => value + (at % 2 === 0 ? 3 : 4)),
    x.shape,
  )
  expect(frechetDistance(x, shifted)).toBeCloseTo(25, 9)
  const doubled = ndarray(
    x.data.map((value) => 2 * value),
    [200, 2, 1],
  )
  const variance = frechetDistance(x, ndarray(new Float64Array(400), [200, 2]))
  expect(frechetDistance(x, doubled)).toBeCloseTo(variance, 9)
})

test('sliced Wasserstein of a translation: the mean squared component of the shift', () => {
  const x = cloud(64, 3, 6)
  const y = ndarray(
    x.data.map((value) => value + 2),
    x.shape,
  )
  const { w2 } = slicedWasserstein(x, y, { count: 4000, seed: 1 })
  expect(w2 ** 2).toBeGreaterThan(3.8)
  expect(w2 ** 2).toBeLessThan(4.2)
})

test('random directions are unit columns that depend on the seed alone', () => {
  const { data } = randomDirections(5, 7, 3)
  for (let l = 0; l < 7; l++) {
    let norm = 0
    for (let j = 0; j < 5; j++) norm += data[j * 7 + l] ** 2
    expect(norm).toBeCloseTo(1, 14)
  }
  expect(randomDirections(5, 7, 3).data).toEqual(data)
  expect(randomDirections(5, 7, 4).data).not.toEqual(data)
})

test('the unbiased MMD averages to 0 over sets of one law, the biased one does not', () => {
  const runs = Array.from({ length: 200 }, (_, s) =>
    mmdEstimates(cloud(20, 2, 2 * s), cloud(20, 2, 2 * s + 1), { bandwidth: 1 }),
  )
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  expect(Math.abs(mean(runs.map(({ unbiased }) => unbiased)))).toBeLessThan(0.01)
  expect(mean(runs.map(({ biased }) => biased))).toBeGreaterThan(0.03)
})

test('above its pool size the median heuristic still finds the median', () => {
  const x = cloud(1500, 2, 1)
  const y = cloud(1500, 2, 2)
  const few = medianBandwidth(cloud(500, 2, 3), cloud(500, 2, 4))
  expect(medianBandwidth(x, y) / few).toBeGreaterThan(0.95)
  expect(medianBandwidth(x, y) / few).toBeLessThan(1.05)
})

test('KID subsets: seeded, of the right count, and the whole set gives the whole value', () => {
  const x = cloud(30, 3, 1)
  const y = cloud(30, 3, 2, 1)
  const options = { subsets: 5, subsetSize: 20, seed: 4 }
  expect(kidSubsets(x, y, options)).toEqual(kidSubsets(x, y, options))
  expect(kidSubsets(x, y, options).values).toHaveLength(5)
  const whole = kidSubsets(x, y, { subsets: 2, subsetSize: 30 })
  expect(whole.mean).toBeCloseTo(kid(x, y).unbiased, 10)
  expect(whole.std).toBeCloseTo(0, 10)
})

test('bad input is refused with what was given and expected', () => {
  const x = cloud(5, 2, 1)
  const y = cloud(5, 3, 1)
  expect(() => frechetDistance(x, y)).toThrow('got 2 and 3 features a sample, expected the same')
  expect(() => mmd(x, cloud(1, 2, 1))).toThrow('got 1 samples, expected at least 2')
  expect(() => frechetDistance(x, ndarray(Float32Array.of(1, 2, NaN, 4), [2, 2]))).toThrow(
    'got NaN in sample 1',
  )
  expect(() =>
    kidOfSubsets(x, x, [
      [
        [0, 5],
        [0, 1],
      ],
    ]),
  ).toThrow('got index 5, expected 0 to 4')
  expect(() => mmd(x, x, { bandwidth: 0 })).toThrow('got bandwidth 0')
  expect(() => mmd(x, x, { bandwidth: [] })).toThrow('got bandwidth []')
  expect(() => kidSubsets(x, x, { subsetSize: 6 })).toThrow('expected at least 1 of 2 to 5')
  expect(() => slicedWasserstein(x, x, { projections: y })).toThrow('projections of 5 rows, expected [2, L]')
  expect(() => mmd(ndarray(new Float64Array(8), [4, 2]), ndarray(new Float64Array(8), [4, 2]))).toThrow(
    'give a bandwidth',
  )
})
