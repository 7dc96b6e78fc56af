import { randomStream } from '@whitewater/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eigenSymmetric } from '../linalg/eigen.ts'
import { combine, diagonal, matrix, transpose, type Matrix } from '../linalg/matrix.ts'
import { multiply, multiplyTransposed } from '../linalg/product.ts'
import { randomMatrix, seeds, semidefinite } from '../linalg/testing/arbitrary.ts'
import { excessByDirection, gaussianOf, pathEigenvalues, velocityMatrix } from '../theory/gaussian.ts'
import {
  affineErrorSplit,
  bandsOf,
  beyondLinear,
  carriedToEnd,
  linearVelocity,
  outputErrorSplit,
  totalError,
} from './loss-split.ts'

const normals = (rows: number, columns: number, seed: number): Matrix =>
  matrix(rows, columns, Float64Array.from(randomStream(seed).normal(rows * columns)))

const timesOf = (n: number, seed: number): Float64Array =>
  Float64Array.from(randomStream(seed).split('t').uniform(n))

const basis = (d: number, seed: number): Matrix => eigenSymmetric(semidefinite(d, d, seed)).vectors

/** Pairs of noise and Gaussian data in coordinates along the eigenvectors: x_t and u, [n, d]. */
function pairs(eigenvalues: Float64Array, t: Float64Array, seed: number): { x: Matrix; u: Matrix } {
  const d = eigenvalues.length
  const x0 = normals(t.length, d, seed)
  const white = normals(t.length, d, seed + 1)
  const x1 = multiply(white, diagonal(eigenvalues.map(Math.sqrt)))
  const x = matrix(
    t.length,
    d,
    x1.data.map((value, at) => t[Math.floor(at / d)] * value + (1 - t[Math.floor(at / d)]) * x0.data[at]),
  )
  return { x, u: combine(1, x1, -1, x0) }
}

const setting = fc.record({
  seed: seeds,
  n: fc.integer({ min: 1, max: 60 }),
  d: fc.integer({ min: 1, max: 9 }),
  bins: fc.integer({ min: 1, max: 7 }),
  bands: fc.integer({ min: 1, max: 12 }),
})

test('bands are as equal as can be and cover every direction once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 16 }), (d, most) => {
      const bands = bandsOf(d, most)
      const sizes = bands.map(({ from, to }) => to - from)
      expect(bands.length).toBe(Math.min(d, most))
      expect(bands.map(({ from }) => from)).toEqual([0, ...bands.map(({ to }) => to).slice(0, -1)])
      expect(bands.at(-1)?.to).toBe(d)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }),
  )
})

test('the cells add up to the scalar loss of the same batch, in any orthonormal basis', () => {
  fc.assert(
    fc.property(setting, ({ seed, n, d, ...options }) => {
      const errors = randomMatrix(n, d, seed)
      const split = outputErrorSplit(multiply(errors, basis(d, seed + 1)), timesOf(n, seed), options)
      const loss = errors.data.reduce((sum, e) => sum + e * e, 0) / n
      expect(totalError(split) / loss).toBeCloseTo(1, 10)
    }),
  )
})

test('rotating data and field rotates along: the split stays', () => {
  fc.assert(
    fc.property(setting, ({ seed, n, d, ...options }) => {
      const errors = randomMatrix(n, d, seed)
      const q = basis(d, seed + 1)
      const rotation = basis(d, seed + 2)
      const t = timesOf(n, seed)
      const plain = outputErrorSplit(multiply(errors, q), t, options)
      // e_i -> R e_i as rows e_i R^T, and q_j -> R q_j
      const rotated = multiply(multiplyTransposed(errors, rotation), multiply(rotation, q))
      const turned = outputErrorSplit(rotated, t, options)
      plain.errors.flat().forEach((value, at) => {
        if (Number.isNaN(value)) expect(turned.errors.flat()[at]).toBeNaN()
        else expect(turned.errors.flat()[at]).toBeCloseTo(value, 10)
      })
    }),
  )
})

test('the best linear field loses lambda_j / lambda_j(S_t) a direction, its error beyond linear is nothing', () => {
  const eigenvalues = Float64Array.of(4, 1, 0.01)
  const n = 60_000
  const bins = 4
  const t = timesOf(n, 3)
  const { x, u } = pairs(eigenvalues, t, 5)
  const v = linearVelocity(x, t, eigenvalues)
  const { errors } = outputErrorSplit(combine(1, v, -1, u), t, { bins })
  errors.forEach((row, bin) => {
    row.forEach((error, j) => {
      const grid = Array.from({ length: 1000 }, (_, k) => (bin + (k + 0.5) / 1000) / bins)
      const exact =
        grid.reduce((sum, at) => sum + eigenvalues[j] / pathEigenvalues(eigenvalues, at)[j], 0) / 1000
      // 15,000 squares of spread sqrt(2) a cell: 1.2 % standard error
      expect(Math.abs(error / exact - 1)).toBeLessThan(0.05)
    })
  })
  expect(beyondLinear(v, x, t, eigenvalues).data.every((e) => e === 0)).toBe(true)
})

test('output and input splits of a linear error differ by direction and agree in total, with theory as the reference', () => {
  const gaussian = gaussianOf(semidefinite(3, 3, 8), [0, 0, 0])
  const { values, vectors } = gaussian.eigen
  const n = 40_000
  const at = 0.7
  const t = new Float64Array(n).fill(at)
  const { x } = pairs(values, t, 11)
  const a = combine(1, velocityMatrix(gaussian, at), 0.5, randomMatrix(3, 3, 9))
  // v = A x in coordinates: rows x Q^T A^T Q
  const v = multiply(x, multiply(multiplyTransposed(transpose(vectors), a), vectors))
  const split = outputErrorSplit(beyondLinear(v, x, t, values), t, { bins: 1 })
  const byInput = excessByDirection(gaussian, at, a)
  const total = byInput.reduce((sum, value) => sum + value, 0)
  expect(Math.abs(totalError(split) / total - 1)).toBeLessThan(0.03)
  const largest = Math.max(...split.errors[0].map((value, j) => Math.abs(value - byInput[j]) / total))
  expect(largest).toBeGreaterThan(0.05)
})

test('carried to the end, an error that shares the eigenvectors is the hidden |(A - A*) q_j|^2', () => {
  const eigenvalues = Float64Array.of(1, 1e-2, 1e-4)
  const t = timesOf(20_000, 1)
  const { x } = pairs(eigenvalues, t, 2)
  const hidden = [0.1, 0.3, 0.7]
  const errors = multiply(x, diagonal(hidden))
  const carried = multiply(carriedToEnd(errors, t, eigenvalues), diagonal(eigenvalues.map((l) => l ** -0.5)))
  outputErrorSplit(carried, t, { bins: 2 }).errors.forEach((row) => {
    row.forEach((value, j) => {
      expect(Math.abs(value / hidden[j] ** 2 - 1)).toBeLessThan(0.06)
    })
  })
  expect(carriedToEnd(matrix(1, 1, Float64Array.of(1)), [1], Float64Array.of(0)).data[0]).toBe(0)
})

test('the affine part finds affine errors of a field on data that is not Gaussian, and nothing in its exact field', () => {
  // x1 = +-1: v*(x, t) = (tanh(t x / (1 - t)^2) - x) / (1 - t), mean 0, variance 1
  const n = 200_000
  const stream = randomStream(6)
  const t = Float64Array.from(stream.uniform(n), (u) => 0.8 * u)
  const noise = stream.normal(n)
  const sign = stream.uniform(n)
  const x = matrix(
    n,
    1,
    Float64Array.from(t, (at, i) => (1 - at) * noise[i] + at * (sign[i] < 0.5 ? 1 : -1)),
  )
  const exact = matrix(
    n,
    1,
    x.data.map((value, i) => (Math.tanh((t[i] * value) / (1 - t[i]) ** 2) - value) / (1 - t[i])),
  )
  const one = Float64Array.of(1)
  const affine = (v: Matrix): number => {
    const parts = [beyondLinear(v, x, t, one), x].map((part) => carriedToEnd(part, t, one))
    const { errors, counts } = affineErrorSplit(parts[0], parts[1], t, { bins: 5 })
    expect(counts[4]).toBe(0)
    return Math.max(...errors.slice(0, 4).map(([error]) => Math.abs(error)))
  }
  expect(affine(exact)).toBeLessThan(5e-4)
  expect(totalError(outputErrorSplit(beyondLinear(exact, x, t, one), t))).toBeGreaterThan(0.05)
  const wrong = combine(1, exact, 0.2, x)
  // 40,000 samples a bin: the slope 0.2 has a standard error of about 0.003 where the exact field bends most
  expect(Math.abs(affine(wrong) / 0.04 - 1)).toBeLessThan(0.1)
})

test('refuses times that do not fit', () => {
  const errors = matrix(2, 1, Float64Array.of(1, 2))
  expect(() => outputErrorSplit(errors, [0.5])).toThrow('got 1 times for 2 errors')
  expect(() => outputErrorSplit(errors, [0.5, 1.5])).toThrow('got t = 1.5 in sample 1')
  expect(() => affineErrorSplit(errors, matrix(1, 1), [0, 0])).toThrow('expected pairs')
})
