import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mixtureParameters, type MixtureParameters } from '../data/toy/mixture.ts'
import { largestDifference } from '../linalg/matrix.ts'
import { bell, seeds, uniform } from '../linalg/testing/arbitrary.ts'
import { gaussianVelocity, velocityFromScore } from './gaussian-flow.ts'
import { pathCondition, pathEigenvalues } from './gaussian.ts'
import { preconditioned } from './preconditioned.ts'
import {
  componentConditions,
  componentVelocities,
  componentwiseWhitened,
  componentWhitenings,
  mixtureLogDensity,
  mixtureOf,
  mixtureScore,
  mixtureVelocity,
  responsibilities,
  slowestMode,
} from './mixture.ts'

/** Three overlapping components in the plane, of unequal weights and condition numbers up to about 12. */
const parameters: MixtureParameters = {
  weights: Float64Array.of(0.5, 0.3, 0.2),
  means: ndarray(Float64Array.of(1, 0.5, -1, 0, 0.2, -1.5), [3, 2]),
  covariances: [
    ndarray(Float64Array.of(0.6, 0.2, 0.2, 0.3), [2, 2]),
    ndarray(Float64Array.of(0.3, -0.15, -0.15, 0.5), [2, 2]),
    ndarray(Float64Array.of(1.2, 0, 0, 0.1), [2, 2]),
  ],
}
const mixture = mixtureOf(parameters)

/** p1(x) from the textbook formula in the plane, apart from this room. */
function dataDensity(x: number, y: number): number {
  return parameters.weights.reduce((sum, weight, k) => {
    const [a, b, , d] = parameters.covariances[k].data
    const u = x - parameters.means.data[2 * k]
    const v = y - parameters.means.data[2 * k + 1]
    const determinant = a * d - b * b
    const exponent = (d * u * u - 2 * b * u * v + a * v * v) / determinant
    return sum + (weight * Math.exp(-exponent / 2)) / (2 * Math.PI * Math.sqrt(determinant))
  }, 0)
}

/**
 * p_t(x) and v*(x, t) from their definition: integrals over x1 of p1(x1) N(x0; 0, I) with x0 = (x - t x1) / (1 - t), by the trapezoidal
 * rule, which converges faster than any power of the spacing for such integrands.
 */
function quadrature(x: readonly number[], t: number) {
  const spacing = 0.04
  let density = 0
  let along = 0
  let across = 0
  for (let i = -200; i <= 200; i++) {
    for (let j = -200; j <= 200; j++) {
      const data = [i * spacing, j * spacing]
      const noise = data.map((value, axis) => (x[axis] - t * value) / (1 - t))
      const weight =
        (dataDensity(data[0], data[1]) * Math.exp(-(noise[0] ** 2 + noise[1] ** 2) / 2) * spacing ** 2) /
        (2 * Math.PI * (1 - t) ** 2)
      density += weight
      along += weight * (data[0] - noise[0])
      across += weight * (data[1] - noise[1])
    }
  }
  return { density, velocity: [along / density, across / density] }
}

test.each([0.1, 0.5, 0.8])(
  'density and velocity at t = %d are the integrals that define them (Eq. 3, 20)',
  (t) => {
    for (const x of [
      [0, 0],
      [1.5, -0.7],
      [-2, 1],
    ]) {
      const { density, velocity } = quadrature(x, t)
      expect(Math.exp(mixtureLogDensity(mixture, t, x)) / density).toBeCloseTo(1, 10)
      mixtureVelocity(mixture, t, x).forEach((value, axis) => expect(value).toBeCloseTo(velocity[axis], 9))
    }
  },
)

test('the score is the gradient of the log density, and gives the velocity', () => {
  fc.assert(
    fc.property(seeds, fc.double({ min: 0.05, max: 1, noNaN: true }), (seed, t) => {
      const next = uniform(seed)
      const x = [bell(next), bell(next)]
      const score = mixtureScore(mixture, t, x)
      const h = 1e-5
      score.forEach((value, axis) => {
        const moved = (by: number) =>
          mixtureLogDensity(
            mixture,
            t,
            x.map((entry, j) => (j === axis ? entry + by : entry)),
          )
        const difference = (moved(h) - moved(-h)) / (2 * h)
        // Third derivatives reach the cube of separation over variance: about 1e4 h^2, beside rounding 1e-16 |ln p| / h.
        expect(Math.abs(value - difference)).toBeLessThan(1e-5 * (1 + Math.abs(value)))
      })
      const implied = velocityFromScore(x, score, t)
      mixtureVelocity(mixture, t, x).forEach((value, axis) => expect(value).toBeCloseTo(implied[axis], 9))
    }),
  )
})

test('responsibilities sum to 1, also where every density underflows', () => {
  for (const scale of [1, 1e2, 1e6]) {
    for (const t of [0, 0.5, 1]) {
      const x = [scale, -0.3 * scale]
      const gamma = responsibilities(mixture, t, x)
      expect(gamma.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
      expect(mixtureVelocity(mixture, t, x).every(Number.isFinite)).toBe(true)
      expect(mixtureScore(mixture, t, x).every(Number.isFinite)).toBe(true)
    }
  }
  // At t = 0 a point says nothing of its component.
  responsibilities(mixture, 0, [3, 4]).forEach((value, k) =>
    expect(value).toBeCloseTo(mixture.weights[k], 14),
  )
  // Far along the first axis at t = 1 the widest component has the heaviest tail.
  expect(responsibilities(mixture, 1, [1e4, 0])[2]).toBe(1)
})

test('component velocities are those of the Gaussians; one component is a Gaussian', () => {
  const x = [0.4, -0.2]
  const rows = componentVelocities(mixture, 0.3, x)
  mixture.components.forEach((component, k) =>
    expect(rows.data.slice(2 * k, 2 * k + 2)).toEqual(gaussianVelocity(component, 0.3, x)),
  )
  const alone = { weights: Float64Array.of(1), components: [mixture.components[1]] }
  mixtureVelocity(alone, 0.3, x).forEach((value, i) => expect(value).toBeCloseTo(rows.data[2 + i], 14))
})

test('the slowest mode is the smallest eigenvalue of all components (Cor. 3.10); whitening each makes all equal (F.2)', () => {
  const example = mixtureOf(
    mixtureParameters({ components: 5, conditionNumber: 1000, dimension: 3, seed: 2 }),
  )
  for (const { components, weights } of [mixture, example]) {
    for (const t of [0.2, 0.9, 1]) {
      const slowest = slowestMode({ components, weights }, t)
      const all = components.map(({ eigen }) => pathEigenvalues(eigen.values, t))
      expect(slowest.eigenvalue).toBe(Math.min(...all.flatMap((values) => [...values])))
      expect(all[slowest.component][slowest.direction]).toBe(slowest.eigenvalue)
      Array.from(componentConditions({ components, weights }, t)).forEach((kappa, k) =>
        expect(kappa).toBe(pathCondition(components[k].eigen.values, t)),
      )
    }
  }
  expect(slowestMode(mixture, 1)).toMatchObject({ component: 2, direction: 1 })
  const whitened = componentwiseWhitened(example)
  componentWhitenings(example).forEach((p, k) => {
    const exact = preconditioned(example.components[k], p)
    expect(largestDifference(exact.covariance, whitened.components[k].covariance)).toBeLessThan(1e-11)
    exact.mean.forEach((value, i) => expect(whitened.components[k].mean[i]).toBeCloseTo(value, 12))
  })
  expect(Array.from(componentConditions(whitened, 0.8))).toEqual([1, 1, 1, 1, 1])
})

const none = { weights: new Float64Array(0), means: ndarray(new Float64Array(0), [0, 2]), covariances: [] }

test.each([
  ['no components', none, 'the mixture has no components, expected at least one'],
  [
    'weights',
    { ...parameters, weights: Float64Array.of(1, 1, 1) },
    "the mixture's weights sum to 3, expected 1: divide them by their sum",
  ],
  [
    'negative weight',
    { ...parameters, weights: Float64Array.of(1.5, -0.5, 0) },
    'the weight of component 1 is -0.5, expected a number >= 0',
  ],
  [
    'means',
    { ...parameters, means: ndarray(new Float64Array(4), [2, 2]) },
    '3 weights, means of shape [2, 2] and 3 covariances do not match, expected [3, d] and 3',
  ],
  [
    'covariance shape',
    {
      ...parameters,
      covariances: [...parameters.covariances.slice(1), ndarray(new Float64Array(9), [3, 3])],
    },
    'covariance 2 has shape [3, 3], expected [2, 2]',
  ],
  [
    'covariance',
    {
      ...parameters,
      covariances: [...parameters.covariances.slice(1), ndarray(Float64Array.of(1, 0, 0, -1), [2, 2])],
    },
    'covariance 2 is not positive definite: its smallest eigenvalue is -1',
  ],
] as const)('bad input, %s: one clear line', (_, given, message) => {
  expect(() => mixtureOf(given)).toThrow(message)
})

test('bad time or point', () => {
  expect(() => mixtureVelocity(mixture, 1.01, [0, 0])).toThrow('got t = 1.01, expected 0 <= t <= 1')
  expect(() => responsibilities(mixture, 0.5, [0])).toThrow('x has 1 entries, expected 2')
  expect(() => slowestMode(mixture, NaN)).toThrow('got t = NaN')
})
