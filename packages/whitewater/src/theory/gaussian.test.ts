import fc from 'fast-check'
import { expect, test } from 'vitest'
import { solve } from '../linalg/cholesky.ts'
import { combine, identity, largestDifference, matrix, trace, transpose } from '../linalg/matrix.ts'
import { multiply, multiplyTransposed, multiplyVector, transposedMultiply } from '../linalg/product.ts'
import { randomMatrix, seeds } from '../linalg/testing/arbitrary.ts'
import {
  conditionalCovariance,
  crossCovariance,
  errorByDirection,
  excessByDirection,
  excessRisk,
  gaussianOf,
  hiddenErrorBound,
  irreducibleLoss,
  linearLoss,
  pathCondition,
  pathCovariance,
  pathEigenvalues,
  squaredColumns,
  velocityMatrix,
} from './gaussian.ts'
import { estimate, gaussians, normals, randomGaussian, times } from './testing.ts'

const N = 40_000
const D = 3
/** Largest of the deviations below that chance explains, in standard errors: about 60 are looked at. */
const STANDARD_ERRORS = 4

/** Pairs (x_t - t m, u - m) drawn from the definition x_t = (1 - t) x0 + t x1, u = x1 - x0; seed 7. */
function drawn(t: number) {
  const gaussian = randomGaussian(D, 5)
  const root = matrix(
    D,
    D,
    gaussian.eigen.vectors.data.map((value, index) => value * Math.sqrt(gaussian.eigen.values[index % D])),
  )
  const x0 = matrix(N, D, normals(7, N, D))
  const x1 = multiplyTransposed(matrix(N, D, normals(8, N, D)), root)
  return { gaussian, x: combine(1 - t, x0, t, x1), u: combine(1, x1, -1, x0) }
}

test.each([0.1, 0.5, 0.9])(
  'Monte Carlo at t = %d: A* by least squares, losses of A* and of another A',
  (t) => {
    const { gaussian, x, u } = drawn(t)
    const moments = transposedMultiply(x, x)
    const fitted = transpose(solve(moments, transposedMultiply(x, u)))
    const exact = velocityMatrix(gaussian, t)
    const noise = conditionalCovariance(gaussian, t)
    const inverse = solve(pathCovariance(gaussian, t), identity(D))
    for (let i = 0; i < D; i++) {
      for (let j = 0; j < D; j++) {
        const error = Math.sqrt((noise.data[i * D + i] * inverse.data[j * D + j]) / N)
        expect(Math.abs(fitted.data[i * D + j] - exact.data[i * D + j])).toBeLessThan(STANDARD_ERRORS * error)
      }
    }
    for (const a of [exact, randomMatrix(D, D, 3)]) {
      const residuals = transpose(combine(1, multiplyTransposed(x, a), -1, u))
      const { mean, error } = estimate(squaredColumns(residuals))
      expect(Math.abs(mean - linearLoss(gaussian, t, a))).toBeLessThan(STANDARD_ERRORS * error)
    }
    expect(linearLoss(gaussian, t, exact)).toBeCloseTo(irreducibleLoss(gaussian, t), 12)
  },
)

test('A* S = C, and the residual covariance is I + Sigma - C S^-1 C^T (Eq. 8, Lemma 3.2)', () => {
  fc.assert(
    fc.property(gaussians, times, (gaussian, t) => {
      const [s, c, a] = [pathCovariance, crossCovariance, velocityMatrix].map((of) => of(gaussian, t))
      const scale = gaussian.eigen.values[0] + 1
      expect(largestDifference(multiply(a, s), c)).toBeLessThan(1e-12 * scale)
      const total = combine(1, identity(s.rows), 1, gaussian.covariance)
      const residual = combine(1, total, -1, multiplyTransposed(a, c))
      expect(largestDifference(conditionalCovariance(gaussian, t), residual)).toBeLessThan(1e-9)
      expect(irreducibleLoss(gaussian, t)).toBeCloseTo(trace(residual), 8)
    }),
  )
})

test('the excess is the trace of Eq. 12, the sum of its split, and hides at most epsilon / lambda_j (Eq. 23-24)', () => {
  fc.assert(
    fc.property(gaussians, times, seeds, (gaussian, t, seed) => {
      const d = gaussian.mean.length
      const a = randomMatrix(d, d, seed)
      const error = combine(1, a, -1, velocityMatrix(gaussian, t))
      const excess = excessRisk(gaussian, t, a)
      const expected = trace(multiplyTransposed(multiply(error, pathCovariance(gaussian, t)), error))
      expect(Math.abs(excess - expected)).toBeLessThan(1e-12 * expected)
      const errors = squaredColumns(errorByDirection(gaussian, t, a))
      const split = excessByDirection(gaussian, t, a)
      const s = pathEigenvalues(gaussian.eigen.values, t)
      split.forEach((share, j) => expect(share / s[j]).toBeCloseTo(errors[j], 9))
      hiddenErrorBound(gaussian, t, excess).forEach((bound, j) =>
        expect(errors[j]).toBeLessThanOrEqual(bound * (1 + 1e-12)),
      )
    }),
  )
})

test('S_t keeps the eigenvectors of Sigma; kappa is that of the path (Eq. 6, 13)', () => {
  fc.assert(
    fc.property(gaussians, times, (gaussian, t) => {
      const { values, vectors } = gaussian.eigen
      const s = pathEigenvalues(values, t)
      for (let j = 0; j < s.length; j++) {
        const q = Float64Array.from({ length: s.length }, (_, i) => vectors.data[i * s.length + j])
        multiplyVector(pathCovariance(gaussian, t), q).forEach((value, i) =>
          expect(value).toBeCloseTo(s[j] * q[i], 11),
        )
      }
      expect(pathCondition(values, t)).toBe(s[0] / s[s.length - 1])
    }),
  )
  expect(pathCondition(Float64Array.of(1, 0), 1)).toBe(Infinity)
})

const symmetric = gaussianOf(identity(2))

test.each([
  ['not square', () => gaussianOf(matrix(2, 3)), 'covariance is 2 x 3, expected a square matrix'],
  [
    'not symmetric',
    () => gaussianOf(matrix(2, 2, Float64Array.of(1, 0.5, 0.4, 1))),
    'covariance is not symmetric: (1, 0) is 0.4, (0, 1) is 0.5; expected A = A^T, such as (A + A^T) / 2',
  ],
  [
    'not finite',
    () => gaussianOf(matrix(2, 2, Float64Array.of(1, NaN, 0, 1))),
    'covariance holds NaN at (0, 1), expected finite entries',
  ],
  [
    'indefinite',
    () => gaussianOf(matrix(2, 2, Float64Array.of(1, 2, 2, 1))),
    'covariance is not positive definite: its smallest eigenvalue is -1',
  ],
  [
    'singular',
    () => gaussianOf(matrix(2, 2, Float64Array.of(1, 1, 1, 1))),
    'add a small multiple of the identity',
  ],
  ['mean', () => gaussianOf(identity(2), [1]), 'mean has 1 entries, expected 2: the covariance is 2 x 2'],
  ['t', () => velocityMatrix(symmetric, 1.2), 'got t = 1.2, expected 0 <= t <= 1'],
  ['t', () => pathCondition(symmetric.eigen.values, -1), 'got t = -1, expected 0 <= t <= 1'],
  ['NaN', () => irreducibleLoss(symmetric, NaN), 'got t = NaN, expected 0 <= t <= 1'],
  ['A', () => excessRisk(symmetric, 0.5, matrix(3, 3)), 'A is 3 x 3, expected 2 x 2 as the covariance is'],
  ['epsilon', () => hiddenErrorBound(symmetric, 0.5, 0), 'got epsilon = 0, expected a finite epsilon > 0'],
] as const)('bad input, %s: one clear line', (_, act, message) => {
  expect(act).toThrow(
    expect.objectContaining({ kind: 'usage', message: expect.stringContaining(message) as string }),
  )
})
