// ZCA whitening as pure matrix functions: W = Sigma^{-1/2} and its inverse (Theorem 4.1a; Kessy et al. 2018).
import { eigenSymmetric } from './eigen.ts'
import type { Matrix } from './matrix.ts'
import { floorEigenvalues, fromEigen } from './roots.ts'

export interface ZcaMatrices {
  /** Sigma^{-1/2}, [d, d], symmetric: z = W (x - mean). */
  readonly whiten: Matrix
  /** Sigma^{1/2}, [d, d], the inverse of `whiten`: x = mean + W^{-1} z. */
  readonly colour: Matrix
  /** Of the given covariance, descending, before the floor. [d] */
  readonly eigenvalues: Float64Array
  /** How many eigenvalues the floor raised; those directions come out with less than unit variance. */
  readonly flooredCount: number
}

/**
 * Whitening and colouring matrices of a covariance [d, d]. Eigenvalues below `floor` x lambda_max are raised to it, so that
 * rank-deficient data stays invertible; 1e-6 keeps the round trip's amplification of float32 rounding below 1000.
 * @throws WhitewaterError (failure) when the covariance is zero, or singular with floor 0
 */
export function zcaMatrices(
  covariance: Matrix,
  { floor = 1e-6 }: { readonly floor?: number } = {},
): ZcaMatrices {
  const eigen = eigenSymmetric(covariance)
  const { values, floored } = floorEigenvalues(eigen.values, floor)
  const roots = values.map(Math.sqrt)
  return {
    whiten: fromEigen(
      eigen,
      roots.map((root) => 1 / root),
    ),
    colour: fromEigen(eigen, roots),
    eigenvalues: eigen.values,
    flooredCount: floored,
  }
}
