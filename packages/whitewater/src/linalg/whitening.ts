// ZCA whitening as matrix functions: W = Sigma^{-1/2} and its inverse (Theorem 4.1a; Kessy et al. 2018).
import type { CompileOptions } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import type { Eigen } from './eigen.ts'
import { multiplyOnEngine } from './engine-product.ts'
import { matrix, type Matrix } from './matrix.ts'
import { mirror } from './product.ts'
import { floorEigenvalues } from './roots.ts'

export interface ZcaMatrices {
  /** Sigma^{-1/2}, [d, d], symmetric: z = W (x - mean). */
  readonly whiten: Matrix
  /** Sigma^{1/2}, [d, d], the inverse of `whiten`: x = mean + W^{-1} z. */
  readonly colour: Matrix
  /** Of the covariance that `whiten` whitens: descending, after the floor. [d] */
  readonly eigenvalues: Float64Array
  /** How many eigenvalues the floor raised; those directions come out with less than unit variance. */
  readonly flooredCount: number
}

export interface ZcaMatricesOptions {
  readonly floor?: number
  readonly engine?: CompileOptions
}

/** Q diag(f) Q^T for eigenvectors Q and positive f, exactly symmetric; 2 d^3 operations, on the engine where d is large. */
async function symmetricOf(
  { vectors }: Eigen,
  f: Float64Array,
  engine: CompileOptions | undefined,
): Promise<Matrix> {
  const d = vectors.rows
  const roots = f.map(Math.sqrt)
  const scaled = vectors.data.map((value, i) => value * roots[i % d])
  const half = matrix(d, d, scaled)
  const whole = await multiplyOnEngine(half, half, { ...engine, transposeB: true })
  mirror(whole.data, d)
  return whole
}

/**
 * Whitening and colouring matrices from the eigendecomposition of a covariance. Eigenvalues below `floor` x lambda_max are
 * raised to it, so that rank-deficient data stays invertible; 1e-6 keeps the round trip's amplification of float32 rounding
 * below 1000.
 * @throws WhitewaterError (failure) when the covariance is zero, or singular with floor 0
 */
export async function zcaMatrices(
  eigen: Eigen,
  { floor = 1e-6, engine }: ZcaMatricesOptions = {},
): Promise<ZcaMatrices> {
  const { values, floored } = floorEigenvalues(eigen.values, floor)
  const smallest = values.at(-1) ?? 0
  if (!(smallest > 0)) {
    throw failureError(
      `smallest eigenvalue of the covariance is ${smallest}, whitening needs it positive: give a floor such as 1e-6`,
    )
  }
  const roots = values.map(Math.sqrt)
  const whiten = await symmetricOf(
    eigen,
    roots.map((root) => 1 / root),
    engine,
  )
  return {
    whiten,
    colour: await symmetricOf(eigen, roots, engine),
    eigenvalues: values,
    flooredCount: floored,
  }
}
