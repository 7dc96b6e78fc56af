import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seeds } from '../linalg/testing/arbitrary.ts'
import { manifoldMetrics, neighbourRadii, type ManifoldMetrics } from './manifold.ts'
import type { Vectors } from './samples.ts'
import { cloud } from './testing.ts'

function distance(x: Vectors, i: number, y: Vectors, j: number): number {
  const d = x.shape[1]
  return Math.hypot(...Array.from({ length: d }, (_, k) => x.data[i * d + k] - y.data[j * d + k]))
}

const indices = (vectors: Vectors): number[] => Array.from({ length: vectors.shape[0] }, (_, i) => i)

function radius(x: Vectors, i: number, k: number): number {
  const others = indices(x).filter((j) => j !== i)
  return others.map((j) => distance(x, i, x, j)).sort((a, b) => a - b)[k - 1]
}

/** The definitions, spelled out. */
function byDefinition(real: Vectors, generated: Vectors, k: number): ManifoldMetrics {
  const x = indices(real)
  const y = indices(generated)
  const realRadii = x.map((i) => radius(real, i, k))
  const generatedRadii = y.map((j) => radius(generated, j, k))
  const inReal = (i: number, j: number) => distance(real, i, generated, j) < realRadii[i]
  const inGenerated = (i: number, j: number) => distance(real, i, generated, j) < generatedRadii[j]
  return {
    precision: y.filter((j) => x.some((i) => inReal(i, j))).length / y.length,
    recall: x.filter((i) => y.some((j) => inGenerated(i, j))).length / x.length,
    density: y.flatMap((j) => x.filter((i) => inReal(i, j))).length / (k * y.length),
    coverage: x.filter((i) => y.some((j) => inReal(i, j))).length / x.length,
  }
}

test('agrees with the definitions on small sets', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 15 }), seeds, (k, n, seed) => {
      const real = cloud(n, 2, seed)
      const generated = cloud(n + 3, 2, seed + 1, 0.5)
      const found = manifoldMetrics(real, generated, { k })
      const expected = byDefinition(real, generated, k)
      expect(found.density).toBeCloseTo(expected.density, 12)
      expect({ ...found, density: 0 }).toEqual({ ...expected, density: 0 })
      neighbourRadii(real, k).forEach((value, i) => expect(value).toBeCloseTo(radius(real, i, k), 10))
    }),
  )
})

test('swapping the sets swaps precision and recall', () => {
  const x = cloud(50, 3, 1)
  const y = cloud(60, 3, 2, 0.5)
  expect(manifoldMetrics(x, y).precision).toBe(manifoldMetrics(y, x).recall)
})

test('identical sets score 1, distant ones 0, and duplicates have no ball', () => {
  const x = cloud(40, 2, 3)
  expect(manifoldMetrics(x, x)).toMatchObject({ precision: 1, recall: 1, coverage: 1 })
  expect(manifoldMetrics(x, cloud(40, 2, 4, 100))).toEqual({
    precision: 0,
    recall: 0,
    density: 0,
    coverage: 0,
  })
  const same = ndarray(new Float32Array(12).fill(0.1), [6, 2])
  expect(Array.from(neighbourRadii(same, 3))).toEqual([0, 0, 0, 0, 0, 0])
  expect(manifoldMetrics(same, same).precision).toBe(0)
})

test('k must leave a neighbour to find', () => {
  expect(() => neighbourRadii(cloud(4, 2, 1), 4)).toThrow(
    'got k = 4 neighbours for 4 samples, expected 1 <= k <= 3',
  )
  expect(() => neighbourRadii(cloud(4, 2, 1), 0.5)).toThrow('got k = 0.5')
})
