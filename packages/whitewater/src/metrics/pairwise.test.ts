import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Samples } from '../linalg/covariance.ts'
import { randomMatrix, seeds } from '../linalg/testing/arbitrary.ts'
import {
  forEachInnerProduct,
  forEachSquaredDistance,
  ownSquaredDistances,
  pool,
  type Visit,
} from './pairwise.ts'

function samples(n: number, d: number, seed: number, offset = 0): Samples {
  return { data: randomMatrix(n, d, seed).data.map((value) => value + offset), n, d }
}

function squaredDistance(x: Samples, i: number, y: Samples, j: number): number {
  let sum = 0
  for (let k = 0; k < x.d; k++) sum += (x.data[i * x.d + k] - y.data[j * y.d + k]) ** 2
  return sum
}

type Walk = (visit: Visit, x: Samples, y?: Samples) => void

/** The full matrix that the blocks describe, NaN where none reached. */
function collect(walk: Walk, x: Samples, y?: Samples): Float64Array {
  const columnsInAll = (y ?? x).n
  const all = new Float64Array(x.n * columnsInAll).fill(NaN)
  walk(
    ({ values, rowStart, rows, columnStart, columns }) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const value = values[i * columns + j]
          all[(rowStart + i) * columnsInAll + columnStart + j] = value
          if (!y) all[(columnStart + j) * columnsInAll + rowStart + i] = value
        }
      }
    },
    x,
    y,
  )
  return all
}

const size = fc.integer({ min: 1, max: 12 })

test('distances and products agree with brute force, far from the origin too', () => {
  fc.assert(
    fc.property(size, size, size, seeds, (n, m, d, seed) => {
      const x = samples(n, d, seed, 1000)
      const y = samples(m, d, seed + 1, 1000)
      collect(forEachSquaredDistance, x, y).forEach((value, at) => {
        expect(Math.abs(value - squaredDistance(x, Math.floor(at / m), y, at % m))).toBeLessThan(1e-9)
      })
      let product = 0
      for (let k = 0; k < d; k++) product += x.data[k] * y.data[k]
      expect(collect(forEachInnerProduct, x, y)[0]).toBeCloseTo(product, 7)
    }),
  )
})

test('a set with itself over several blocks: every pair once, symmetric, an exact zero with itself', () => {
  const x = samples(1000, 2, 3)
  const own = collect(forEachSquaredDistance, x)
  const across = collect(forEachSquaredDistance, x, samples(1000, 2, 3))
  for (let at = 0; at < own.length; at += 101) expect(own[at]).toBe(across[at])
  for (let i = 0; i < 1000; i++) expect(own[i * 1001]).toBe(0)
  expect(own.every((value) => value >= 0)).toBe(true)
})

test('pair lists hold each unordered pair once', () => {
  const x = samples(700, 1, 7)
  const expected = new Float64Array((700 * 699) / 2)
  let count = 0
  for (let i = 0; i < 700; i++) for (let j = 0; j < i; j++) expected[count++] = squaredDistance(x, i, x, j)
  const found = ownSquaredDistances(x).sort()
  expected.sort().forEach((value, at) => {
    if (Math.abs(found[at] - value) > 1e-12) expect(found[at]).toBeCloseTo(value, 12)
  })
  expect(found).toHaveLength(expected.length)
})

test('pooling keeps the order', () => {
  const pooled = pool(samples(2, 3, 1), samples(3, 3, 2))
  expect(pooled).toMatchObject({ n: 5, d: 3 })
  expect(pooled.data.slice(6)).toEqual(samples(3, 3, 2).data)
})
