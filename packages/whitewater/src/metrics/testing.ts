// Test help: sets of vectors drawn from a seed, and rotations of them.
import { ndarray } from '@whitewater/tensor'
import { eigenSymmetric } from '../linalg/eigen.ts'
import { matrix } from '../linalg/matrix.ts'
import { multiply } from '../linalg/product.ts'
import { bell, semidefinite, uniform } from '../linalg/testing/arbitrary.ts'
import type { Vectors } from './samples.ts'

/** n bell-shaped samples of d features around `shift`, feature j scaled by `scales[j]` (default 1). */
export function cloud(
  n: number,
  d: number,
  seed: number,
  shift = 0,
  scales: readonly number[] = [],
): Vectors {
  const next = uniform(seed)
  const data = Float64Array.from(
    { length: n * d },
    (_, at) => shift + (scales[at % d] ?? 1) * bell(next) * 0.5,
  )
  return ndarray(data, [n, d])
}

/** The same vectors under an orthogonal map drawn from `seed`, moved by `shift`. */
export function moved({ data, shape }: Vectors, seed: number, shift = 0): Vectors {
  const [n, d] = shape
  const { vectors } = eigenSymmetric(semidefinite(d, d, seed))
  const rotated = multiply(matrix(n, d, Float64Array.from(data)), vectors)
  return ndarray(
    rotated.data.map((value) => value + shift),
    [n, d],
  )
}
