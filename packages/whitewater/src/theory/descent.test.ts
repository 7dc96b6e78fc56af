import fc from 'fast-check'
import { expect, test } from 'vitest'
import { combine, identity, largestDifference, matrix, type Matrix } from '../linalg/matrix.ts'
import { multiplyTransposed, transposedMultiply } from '../linalg/product.ts'
import { conditionOf } from '../linalg/roots.ts'
import { randomMatrix, seeds } from '../linalg/testing/arbitrary.ts'
import {
  bestContraction,
  bestStepSize,
  contractionFactors,
  descentIterate,
  descentIterates,
  errorAfter,
  errorCurves,
  errorFactors,
  exactSteps,
  gradientDescentSteps,
  hessianEigenvalues,
  stepSizeLimit,
  stepsByMode,
} from './descent.ts'
import { errorByDirection, gaussianOf, pathCondition, pathEigenvalues, squaredColumns } from './gaussian.ts'
import { estimate, gaussians, normals, randomGaussian, times } from './testing.ts'

const fractions = fc.double({ min: 0.01, max: 0.99, noNaN: true })

test('the closed form is the recursion, at every step and for every admissible step size (Eq. 16)', () => {
  fc.assert(
    fc.property(gaussians, times, fractions, seeds, (gaussian, t, fraction, seed) => {
      const d = gaussian.mean.length
      const stepSize = fraction * stepSizeLimit(pathEigenvalues(gaussian.eigen.values, t))
      const start = randomMatrix(d, d, seed)
      let steps = 0
      for (const a of descentIterates(gaussian, t, { start, stepSize, steps: 30 })) {
        const descent = { start, stepSize, steps }
        // A* reaches 1 / lambda_min, 100, and Q^T Q is I to 1e-15.
        expect(largestDifference(descentIterate(gaussian, t, descent), a)).toBeLessThan(1e-10)
        const errors = errorByDirection(gaussian, t, a)
        expect(largestDifference(errorAfter(gaussian, t, descent), errors)).toBeLessThan(1e-10)
        const curves = errorCurves(gaussian, t, descent)
        const last = curves.data.subarray(steps * d)
        squaredColumns(errors).forEach((square, j) =>
          expect(Math.abs(Math.sqrt(square) - last[j])).toBeLessThan(1e-10),
        )
        steps++
      }
      expect(steps).toBe(31)
    }),
    { numRuns: 40 },
  )
})

test('no step size contracts the slowest mode faster than the best; there the two extreme modes tie', () => {
  fc.assert(
    fc.property(gaussians, times, fractions, (gaussian, t, fraction) => {
      const s = pathEigenvalues(gaussian.eigen.values, t)
      const rho = bestContraction(pathCondition(gaussian.eigen.values, t))
      const best = contractionFactors(s, bestStepSize(s))
      expect(Math.max(...best)).toBeCloseTo(rho, 12)
      expect(best[0]).toBeCloseTo(best[best.length - 1], 12)
      const other = contractionFactors(s, fraction * stepSizeLimit(s))
      expect(Math.max(...other)).toBeGreaterThanOrEqual(rho - 1e-12)
      expect(Math.max(...other)).toBeLessThan(1)
    }),
  )
})

test('a step at the limit keeps the steepest mode where it is, beyond it the mode grows', () => {
  const s = Float64Array.of(4, 1)
  expect(stepSizeLimit(s)).toBe(0.25)
  const just = errorFactors(s, 0.25 * (1 - 1e-9))
  expect(just[0]).toBeCloseTo(-1, 8)
  // One step of the recursion itself, unchecked: 1 - 2 eta lambda.
  expect(Math.abs(1 - 2 * 0.2501 * s[0])).toBeGreaterThan(1)
  expect(() => errorFactors(s, 0.25)).toThrow('got step size 0.25, expected 0 < step size < 0.25')
})

test('the exact count is the first step below epsilon, and Eq. 17 suffices', () => {
  fc.assert(
    fc.property(fc.double({ min: 1.001, max: 500, noNaN: true }), fractions, (kappa, epsilon) => {
      const rho = bestContraction(kappa)
      const steps = exactSteps(rho, epsilon)
      let error = 1
      let counted = 0
      while (error > epsilon * (1 + 1e-12)) [error, counted] = [error * rho, counted + 1]
      expect(steps).toBe(counted)
      expect(steps).toBeLessThanOrEqual(Math.ceil(gradientDescentSteps(kappa, epsilon)))
    }),
  )
  expect(exactSteps(0.1, 0.01)).toBe(2)
  expect(exactSteps(0, 0.5)).toBe(1)
  expect(exactSteps(1, 0.5)).toBe(Infinity)
  expect(bestContraction(Infinity)).toBe(1)
  expect(Array.from(stepsByMode(Float64Array.of(1, 0.5, 0.25), 0.4, 0.01))).toEqual([3, 10, 21])
})

test('a weight w on the loss scales the Hessian and leaves kappa (Cor. F.3.2)', () => {
  fc.assert(
    fc.property(gaussians, times, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (gaussian, t, weight) => {
      const s = pathEigenvalues(gaussian.eigen.values, t)
      const hessian = hessianEigenvalues(s, weight)
      expect(conditionOf(hessian) / conditionOf(s)).toBeCloseTo(1, 12)
      const stepSize = bestStepSize(s)
      const plain = errorFactors(s, stepSize)
      errorFactors(s, stepSize / weight, weight).forEach((factor, j) =>
        expect(factor).toBeCloseTo(plain[j], 12),
      )
    }),
  )
})

/** Minibatch SGD from `start`: batches of 8 pairs of x_t = (1 - t) x0 + t x1 and u = x1 - x0. */
function stochasticRun(
  root: Matrix,
  t: number,
  start: Matrix,
  stepSize: number,
  steps: number,
  seed: number,
): Matrix {
  const d = root.rows
  const batch = 8
  const draws = normals(seed, 2 * steps * batch, d)
  let a = start
  for (let k = 0; k < steps; k++) {
    const part = (index: number) =>
      matrix(batch, d, draws.subarray((2 * k + index) * batch * d, (2 * k + index + 1) * batch * d))
    const x0 = part(0)
    const x1 = multiplyTransposed(part(1), root)
    const x = combine(1 - t, x0, t, x1)
    const u = combine(1, x1, -1, x0)
    const residual = combine(1, multiplyTransposed(x, a), -1, u)
    a = combine(1, a, (-2 * stepSize) / batch, transposedMultiply(residual, x))
  }
  return a
}

test('SGD: the mean error of each mode over 4000 runs is that of gradient descent (Prop. 3.5)', () => {
  const t = 0.7
  const steps = 6
  const runs = 4000
  const gaussian = randomGaussian(2, 3)
  const { values, vectors } = gaussian.eigen
  const root = matrix(
    2,
    2,
    vectors.data.map((value, index) => value * Math.sqrt(values[index % 2])),
  )
  const stepSize = 0.15 * bestStepSize(pathEigenvalues(values, t))
  const start = randomMatrix(2, 2, 1)
  const errors = Array.from({ length: runs }, (_, run) =>
    errorByDirection(gaussian, t, stochasticRun(root, t, start, stepSize, steps, 100 + run)),
  )
  const expected = errorAfter(gaussian, t, { start, stepSize, steps })
  const initial = errorByDirection(gaussian, t, start)
  expected.data.forEach((value, index) => {
    const { mean, error } = estimate(Float64Array.from(errors, ({ data }) => data[index]))
    expect(Math.abs(mean - value)).toBeLessThan(4 * error)
  })
  // The check can fail: the modes have moved by many standard errors.
  const moved = squaredColumns(combine(1, initial, -1, expected)).map(Math.sqrt)
  expect(Math.min(...moved)).toBeGreaterThan(0.01)
})

const plane = gaussianOf(identity(2))
const descent = { start: matrix(2, 2), stepSize: 0.4, steps: 3 }

test.each([
  ['kappa', () => gradientDescentSteps(0.5, 0.01), 'got kappa 0.5 and epsilon 0.01, expected kappa >= 1'],
  ['kappa', () => bestContraction(0.5), 'got kappa = 0.5, expected kappa >= 1'],
  ['epsilon', () => exactSteps(0.5, 1), 'got epsilon = 1, expected 0 < epsilon < 1'],
  ['contraction', () => exactSteps(NaN, 0.1), 'got contraction = NaN, expected a number >= 0'],
  ['weight', () => errorFactors(Float64Array.of(1), 0.1, 0), 'got weight = 0, expected a finite weight > 0'],
  [
    'step size',
    () => errorAfter(plane, 0, { ...descent, stepSize: 1.5 }),
    'got step size 1.5, expected 0 < step size < 1 = 1 / (w lambda_max): other steps do not converge',
  ],
  ['step size', () => [...descentIterates(plane, 0, { ...descent, stepSize: -1 })], 'got step size -1'],
  [
    'steps',
    () => descentIterate(plane, 0.5, { ...descent, steps: 1.5 }),
    'got steps = 1.5, expected an integer >= 0',
  ],
  [
    'start',
    () => [...descentIterates(plane, 0.5, { ...descent, start: matrix(2, 3) })],
    'A is 2 x 3, expected 2 x 2 as the covariance is',
  ],
] as const)('bad %s: one clear line', (_, act, message) => {
  expect(act).toThrow(message)
})
