import { add, constant, div, matmul, mul, ndarray, square, sub } from '@whitewater/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { perSample, type Field } from '../flow/field.ts'
import { integrate } from '../flow/integrate.ts'
import { dormandPrince } from '../flow/solvers.ts'
import { eigenvaluesSymmetric } from '../linalg/eigen.ts'
import { identity, largestDifference } from '../linalg/matrix.ts'
import { multiply, multiplyTransposed, multiplyVector } from '../linalg/product.ts'
import { conditionOf } from '../linalg/roots.ts'
import { bell, seeds, uniform } from '../linalg/testing/arbitrary.ts'
import {
  flow,
  flowCondition,
  flowMap,
  gaussianLogDensity,
  gaussianScore,
  gaussianVelocity,
  velocityFromScore,
} from './gaussian-flow.ts'
import { gaussianOf, pathCondition, pathCovariance, velocityMatrix, type Gaussian } from './gaussian.ts'
import { gaussians, normals, randomGaussian, times } from './testing.ts'

const D = 4

/** v(x, t) = m + Q diag((t lambda - (1 - t)) / ((1 - t)^2 + t^2 lambda)) Q^T (x - t m), on the engine. */
function exactField({ mean, eigen }: Gaussian): Field {
  const m = constant(mean, [1, D])
  const q = constant(eigen.vectors.data, [D, D])
  const lambda = constant(eigen.values, [1, D])
  return (x, t) => {
    const time = perSample(t, x)
    const rest = sub(1, perSample(t, x))
    const a = div(sub(mul(time, lambda), rest), add(square(rest), mul(square(time), lambda)))
    return add(m, matmul(mul(matmul(sub(x, mul(time, m)), q), a), q, { transposeB: true }))
  }
}

const pointFor = ({ mean }: Gaussian, seed: number): Float64Array => {
  const next = uniform(seed)
  return mean.map((value) => value + bell(next))
}

test.each([
  [0, 1],
  [0.2, 0.7],
  [1, 0],
])('the flow from %d to %d is what the ODE integrates to', async (from, to) => {
  const gaussian = randomGaussian(D, 12)
  const starts = normals(1, 5, D)
  const { x } = await integrate(ndarray(starts, [5, D]), {
    field: exactField(gaussian),
    method: dormandPrince,
    from,
    to,
    relativeTolerance: 1e-11,
    absoluteTolerance: 1e-11,
  })
  for (let i = 0; i < 5; i++) {
    const exact = flow(gaussian, { from, to }, starts.subarray(i * D, (i + 1) * D))
    exact.forEach((value, j) => expect(Math.abs(Number(x.data[i * D + j]) - value)).toBeLessThan(1e-8))
  }
})

test('the flow map is S_t^{1/2}, composes over times, and its condition number is kappa(S_t)^{1/2}', () => {
  fc.assert(
    fc.property(gaussians, times, times, (gaussian, s, t) => {
      const map = flowMap(gaussian, { to: t })
      const scale = gaussian.eigen.values[0] + 1
      expect(largestDifference(multiplyTransposed(map, map), pathCovariance(gaussian, t))).toBeLessThan(
        1e-13 * scale,
      )
      const twice = multiply(flowMap(gaussian, { from: s, to: t }), flowMap(gaussian, { to: s }))
      expect(largestDifference(twice, map)).toBeLessThan(1e-12 * scale)
      const back = multiply(flowMap(gaussian, { from: t, to: s }), flowMap(gaussian, { from: s, to: t }))
      expect(largestDifference(back, identity(map.rows))).toBeLessThan(1e-12)
      const condition = flowCondition(gaussian, { to: t })
      expect(condition ** 2 / pathCondition(gaussian.eigen.values, t)).toBeCloseTo(1, 10)
      expect(condition / conditionOf(eigenvaluesSymmetric(map))).toBeCloseTo(1, 8)
    }),
  )
})

test('velocity m + A*_t (x - t m); score the gradient of the log density; v = x / t + (1 - t) / t score', () => {
  fc.assert(
    fc.property(gaussians, fc.double({ min: 0.05, max: 1, noNaN: true }), seeds, (gaussian, t, seed) => {
      const x = pointFor(gaussian, seed)
      const { mean } = gaussian
      const velocity = gaussianVelocity(gaussian, t, x)
      const linear = multiplyVector(
        velocityMatrix(gaussian, t),
        x.map((value, i) => value - t * mean[i]),
      )
      const size = Math.max(1, ...velocity.map(Math.abs))
      velocity.forEach((value, i) => expect(Math.abs(value - mean[i] - linear[i])).toBeLessThan(1e-11 * size))
      const score = gaussianScore(gaussian, t, x)
      const implied = velocityFromScore(x, score, t)
      const largest = Math.max(1, ...score.map(Math.abs)) / t
      velocity.forEach((value, i) => expect(Math.abs(value - implied[i])).toBeLessThan(1e-11 * largest))
      const h = 1e-4
      score.forEach((value, i) => {
        const moved = (by: number) =>
          gaussianLogDensity(
            gaussian,
            t,
            x.map((entry, j) => (j === i ? entry + by : entry)),
          )
        // Quadratic in x: central differences have no error but rounding, about 1e-16 |ln p| / h.
        const rounding = (1e-12 * (1 + Math.abs(moved(0)))) / h
        expect(Math.abs(value - (moved(h) - moved(-h)) / (2 * h))).toBeLessThan(rounding)
      })
    }),
  )
})

test('the density integrates to 1 on the line', () => {
  const line = gaussianOf({ data: Float64Array.of(0.3), rows: 1, columns: 1 }, [2])
  for (const t of [0, 0.4, 1]) {
    let total = 0
    for (let i = -1500; i <= 1500; i++) total += Math.exp(gaussianLogDensity(line, t, [i / 100])) / 100
    expect(total).toBeCloseTo(1, 12)
  }
})

const plane = gaussianOf(identity(2))

test.each([
  ['from', () => flowMap(plane, { from: -0.1, to: 1 }), 'got from = -0.1, expected 0 <= from <= 1'],
  ['to', () => flowCondition(plane, { to: 2 }), 'got to = 2, expected 0 <= to <= 1'],
  [
    'point',
    () => gaussianVelocity(plane, 0.5, [1, 2, 3]),
    'x has 3 entries, expected 2: the covariance is 2 x 2',
  ],
  ['t', () => gaussianScore(plane, 7, [1, 2]), 'got t = 7, expected 0 <= t <= 1'],
  ['t = 0', () => velocityFromScore([1], [1], 0), 'the score does not determine the velocity'],
  ['score', () => velocityFromScore([1, 2], [1], 0.5), 'the score has 1 entries and x has 2'],
] as const)('bad input, %s: one clear line', (_, act, message) => {
  expect(act).toThrow(message)
})
