import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_DELTA, effectiveRank, measuredCondition, measuredPathCondition } from './conditioning.ts'
import { gradientDescentSteps } from '../theory/descent.ts'
import { pathCondition, pathEigenvalues } from '../theory/gaussian.ts'
import { lowEigenvalueRecovery } from './low-eigenvalue.ts'
import { cloud, moved } from './testing.ts'

test('the path starts round and ends as the data', () => {
  const eigenvalues = Float64Array.of(100, 4, 0.25)
  expect(pathCondition(eigenvalues, 0)).toBe(1)
  expect(pathCondition(eigenvalues, 1)).toBe(400)
  expect(Array.from(pathEigenvalues(eigenvalues, 0.5))).toEqual([25.25, 1.25, 0.3125])
  expect(pathCondition(Float64Array.of(1, 0), 1)).toBe(Infinity)
})

test('conditioning worsens along the path of data with eigenvalues on both sides of 1', () => {
  const time = fc.double({ min: 0, max: 1, noNaN: true })
  const kappa = (t: number) => pathCondition(Float64Array.of(9, 1, 0.01), t)
  fc.assert(
    fc.property(time, time, (s, t) => {
      expect(kappa(Math.min(s, t))).toBeLessThanOrEqual(kappa(Math.max(s, t)) * (1 + 1e-12))
    }),
  )
})

test('measured on samples, kappa(x_t) follows Eq. 13, and equals the covariance of x_t itself', () => {
  const [noise, data] = [cloud(4000, 3, 1), moved(cloud(4000, 3, 2, 0, [5, 1, 0.3]), 3)]
  const times = [0, 0.3, 0.8, 1]
  const measured = measuredPathCondition(noise, data, times)
  times.forEach((t, at) => {
    const xt = ndarray(
      Float64Array.from(noise.data, (value, i) => (1 - t) * value + t * data.data[i]),
      noise.shape,
    )
    expect(measured[at].kappa / measuredCondition(xt).kappa).toBeCloseTo(1, 9)
    const exact = pathCondition(Float64Array.of(25, 1, 0.09), t)
    expect(measured[at].kappa / exact).toBeGreaterThan(0.85)
    expect(measured[at].kappa / exact).toBeLessThan(1.2)
  })
})

test('delta bounds kappa of a degenerate covariance', () => {
  const flat = ndarray(Float32Array.of(1, 0, -1, 0), [2, 2])
  expect(measuredCondition(flat).kappa).toBeCloseTo((2 + DEFAULT_DELTA) / DEFAULT_DELTA, 3)
  expect(measuredCondition(flat, { delta: 0 }).kappa).toBe(Infinity)
  expect(() => measuredCondition(flat, { delta: -1 })).toThrow('got delta -1')
  expect(() => measuredPathCondition(flat, cloud(3, 2, 1), [0])).toThrow('got 2 noise and 3 data samples')
})

test('gradient descent with the best step needs no more steps than Eq. 17 allows', () => {
  for (const kappa of [1, 2, 30, 1000]) {
    const steps = Math.ceil(gradientDescentSteps(kappa, 1e-3))
    expect(((kappa - 1) / (kappa + 1)) ** steps).toBeLessThanOrEqual(1e-3)
  }
  expect(() => gradientDescentSteps(0.5, 0.1)).toThrow('expected kappa >= 1')
})

test('effective rank counts directions', () => {
  expect(effectiveRank([2, 2, 2, 0])).toBeCloseTo(3, 12)
  expect(effectiveRank([5])).toBe(1)
  expect(effectiveRank([0, 0])).toBe(0)
})

test('low-eigenvalue recovery: exact on the data itself, 1 on collapse, the factor on scaling', () => {
  const real = moved(cloud(500, 8, 4, 0, [8, 7, 6, 5, 4, 3, 0.2, 0.1]), 5)
  const same = lowEigenvalueRecovery(real, real)
  expect(same.eigenvalues).toHaveLength(2)
  expect(same.relativeError).toBeCloseTo(0, 9)
  expect(same.smallestEigenvalueRatio).toBeCloseTo(1, 9)
  const collapsed = lowEigenvalueRecovery(real, ndarray(new Float32Array(80), [10, 8]))
  expect(collapsed.relativeError).toBeCloseTo(1, 12)
  expect(collapsed.smallestEigenvalueRatio).toBe(0)
  const tripled = ndarray(
    real.data.map((value) => 3 * value),
    real.shape,
  )
  expect(lowEigenvalueRecovery(real, tripled).relativeError).toBeCloseTo(8, 9)
  expect(lowEigenvalueRecovery(real, tripled, { fraction: 1 }).smallestEigenvalueRatio).toBeCloseTo(9, 9)
})

test('low-eigenvalue recovery leaves directions without variance out, and says how many', () => {
  const narrow = cloud(100, 4, 6, 0, [3, 2, 1, 0])
  const found = lowEigenvalueRecovery(narrow, cloud(100, 4, 7))
  expect(found.skipped).toBe(1)
  expect(found.eigenvalues).toHaveLength(1)
  expect(() => lowEigenvalueRecovery(narrow, narrow, { fraction: 0 })).toThrow('got fraction 0')
  const constant = ndarray(new Float32Array(8), [4, 2])
  expect(() => lowEigenvalueRecovery(constant, constant)).toThrow('real samples are all the same')
})
