// ZCA whitening, W = Sigma^-1/2 (Theorem 4.1a; Kessy, Lewin & Strimmer 2018): the whitening closest to the data itself.
import { flatten } from '../data/subset.ts'
import { failureError } from '../errors.ts'
import { flatten as samplesOf } from '../linalg/covariance.ts'
import { covarianceOf } from '../linalg/moments.ts'
import { zcaMatrices } from '../linalg/whitening.ts'
import { affinePreconditioner } from './affine.ts'
import type { Preconditioner } from './preconditioner.ts'

export interface ZcaOptions {
  /**
   * Eigenvalues below floor x lambda_max are raised to it, so that rank-deficient data (fewer samples than dimensions,
   * constant pixels) stays invertible; those directions come out with less than unit variance. 1e-6 unless given.
   */
  readonly floor?: number
}

/** z = Sigma^-1/2 (x - mean), kappa = 1 along the whole path for Gaussian data. Cost O(n d^2 + d^3); exact inverse. */
export const zca = ({ floor = 1e-6 }: ZcaOptions = {}): Preconditioner => ({
  kind: 'zca',
  options: { floor },
  async fit(data, engine) {
    const moments = await covarianceOf(samplesOf(flatten(data)), engine)
    if (moments.covariance.data.every((value) => value === 0)) {
      throw failureError(`${data.name}: all features are constant, there is nothing to whiten`)
    }
    const { whiten, colour, eigenvalues, flooredCount } = zcaMatrices(moments.covariance, { floor })
    const least = floor * eigenvalues[0]
    return affinePreconditioner(
      {
        kind: 'zca',
        options: { floor },
        features: data.samples.shape.slice(1),
        mean: moments.mean,
        forward: whiten.data,
        backward: colour.data,
        logDeterminant: -0.5 * eigenvalues.reduce((sum, value) => sum + Math.log(Math.max(value, least)), 0),
        description: { floor, floored: flooredCount, features: eigenvalues.length },
      },
      engine,
    )
  },
})
