import fc from 'fast-check'
import { expect, test } from 'vitest'
import { combine, diagonal, identity, largestDifference, matrix } from '../linalg/matrix.ts'
import { multiply, multiplyTransposed, multiplyVector } from '../linalg/product.ts'
import { conditionNumber } from '../linalg/roots.ts'
import { randomMatrix, seeds } from '../linalg/testing/arbitrary.ts'
import { gaussianOf, pathCovariance, pathEigenvalues } from './gaussian.ts'
import {
  conditionBound,
  exactWhitening,
  preconditioned,
  preconditionedBounds,
  preconditionedPathCovariance,
  whitenedLaw,
  whitenedPathEigenvalue,
} from './preconditioned.ts'
import { gaussians, times } from './testing.ts'

test('S~_t = (1-t)^2 I + t^2 P Sigma P^T, and its kappa keeps bound 22 for any a and b around the spectrum', () => {
  fc.assert(
    fc.property(
      gaussians,
      times,
      seeds,
      fc.double({ min: 1, max: 5, noNaN: true }),
      (gaussian, t, seed, slack) => {
        const d = gaussian.mean.length
        const p = combine(1, randomMatrix(d, d, seed), 2, identity(d))
        const mapped = multiplyTransposed(multiply(p, gaussian.covariance), p)
        const expected = combine((1 - t) ** 2, identity(d), t ** 2, mapped)
        const path = preconditionedPathCovariance(gaussian, p, t)
        expect(largestDifference(path, expected)).toBeLessThan(1e-10)
        const bounds = preconditionedBounds(gaussian, p)
        const kappa = conditionNumber(path)
        const tight = conditionBound(bounds, t)
        expect(kappa / tight).toBeCloseTo(1, 8)
        const loose = conditionBound({ lower: bounds.lower / slack, upper: bounds.upper * slack }, t)
        expect(kappa).toBeLessThanOrEqual(loose * (1 + 1e-8))
        const { mean } = preconditioned(gaussian, p)
        multiplyVector(p, gaussian.mean).forEach((value, i) => expect(mean[i]).toBe(value))
      },
    ),
  )
})

test('exact whitening makes S~_t a multiple of I (Eq. 21)', () => {
  fc.assert(
    fc.property(gaussians, times, (gaussian, t) => {
      const d = gaussian.mean.length
      const path = preconditionedPathCovariance(gaussian, exactWhitening(gaussian), t)
      const scaled = diagonal(new Float64Array(d).fill(whitenedPathEigenvalue(t)))
      expect(largestDifference(path, scaled)).toBeLessThan(1e-11)
      expect(conditionNumber(path)).toBeCloseTo(1, 10)
      const law = whitenedLaw(gaussian)
      expect(largestDifference(pathCovariance(law, t), path)).toBeLessThan(1e-11)
      pathEigenvalues(law.eigen.values, t).forEach((value) => expect(value).toBe(whitenedPathEigenvalue(t)))
    }),
  )
})

const plane = gaussianOf(identity(2))

test.each([
  ['singular P', () => preconditioned(plane, diagonal([1, 0])), 'P Sigma P^T is not positive definite'],
  ['P', () => preconditioned(plane, matrix(3, 3)), 'P is 3 x 3, expected 2 x 2 as the covariance is'],
  ['t', () => whitenedPathEigenvalue(-0.5), 'got t = -0.5, expected 0 <= t <= 1'],
  [
    'bounds',
    () => conditionBound({ lower: 2, upper: 1 }, 0.5),
    'got bounds a = 2 and b = 1, expected 0 < a <= b',
  ],
] as const)('bad %s: one clear line', (_, act, message) => {
  expect(act).toThrow(message)
})
