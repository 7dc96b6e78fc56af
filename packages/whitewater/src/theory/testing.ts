// Test help: Gaussians of any spectrum, times, and how far a Monte Carlo mean may stray.
import { randomStream } from '@whitewater/tensor'
import fc from 'fast-check'
import { eigenSymmetric } from '../linalg/eigen.ts'
import { fromEigen } from '../linalg/roots.ts'
import { bell, seeds, semidefinite, uniform } from '../linalg/testing/arbitrary.ts'
import { gaussianOf, type Gaussian } from './gaussian.ts'

/** d in 1 .. 6, eigenvalues log-uniform in [1e-2, 1e2] along random axes, a random mean. */
export function randomGaussian(d: number, seed: number): Gaussian {
  const next = uniform(seed)
  const values = Float64Array.from({ length: d }, () => 10 ** (2 * next()))
    .sort()
    .reverse()
  const { vectors } = eigenSymmetric(semidefinite(d, d, seed + 1))
  return gaussianOf(
    fromEigen({ values, vectors }, values),
    Float64Array.from({ length: d }, () => bell(next)),
  )
}

export const gaussians = fc
  .tuple(fc.integer({ min: 1, max: 6 }), seeds)
  .map(([d, seed]) => randomGaussian(d, seed))

export const times = fc.double({ min: 0, max: 1, noNaN: true })

/** `count` standard normals [count, d] from a seed, in float64. */
export const normals = (seed: number, count: number, d: number): Float64Array =>
  Float64Array.from(randomStream(seed).normal(count * d))

export interface Estimate {
  readonly mean: number
  /** Standard error of the mean. */
  readonly error: number
}

export function estimate(values: Float64Array): Estimate {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (n - 1) / n) }
}
