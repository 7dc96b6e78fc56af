// ZCA whitening, W = Sigma^-1/2 (Theorem 4.1a; Kessy, Lewin & Strimmer 2018): the whitening closest to the data itself.
import { failureError } from '../errors.ts'
import { zcaMatrices } from '../linalg/whitening.ts'
import { affinePreconditioner, restoreAffine } from './affine.ts'
import { floorOption, kindOf } from './kind.ts'
import { momentsOf, type DataMoments } from './moments.ts'
import type { FittedPreconditioner, FitOptions, Preconditioner } from './preconditioner.ts'

export interface ZcaOptions {
  /**
   * Eigenvalues below floor x lambda_max are raised to it, so that rank-deficient data (fewer samples than dimensions,
   * constant pixels) stays invertible; those directions come out with less than unit variance. 1e-6 unless given.
   */
  readonly floor?: number
}

async function fitMoments(
  { name, features, mean, covariance, eigen }: DataMoments,
  floor: number,
  engine?: FitOptions,
): Promise<FittedPreconditioner> {
  // Asked of the covariance itself, because rounding would give it an eigenvalue.
  if (covariance.data.every((value) => value === 0)) {
    throw failureError(`${name}: all features are constant, there is nothing to whiten`)
  }
  const { whiten, colour, eigenvalues, flooredCount } = await zcaMatrices(await eigen(), { floor, engine })
  return affinePreconditioner(
    {
      kind: 'zca',
      options: { floor },
      features,
      mean,
      forward: whiten.data,
      backward: colour.data,
      logDeterminant: -0.5 * eigenvalues.reduce((sum, value) => sum + Math.log(value), 0),
      description: { floor, floored: flooredCount, features: eigenvalues.length },
    },
    engine,
  )
}

/** z = Sigma^-1/2 (x - mean), kappa = 1 along the whole path for Gaussian data. Cost O(n d^2 + d^3); exact inverse. */
export const zca = ({ floor = 1e-6 }: ZcaOptions = {}): Preconditioner => ({
  kind: 'zca',
  options: { floor },
  fit: async (data, engine) => fitMoments(await momentsOf(data, engine), floor, engine),
  fitMoments: (moments, engine) => fitMoments(moments, floor, engine),
})

export const zcaKind = kindOf({
  name: 'zca',
  about: 'W = Sigma^-1/2: kappa = 1 along the path of Gaussian data; O(n d^2 + d^3)',
  options: { floor: floorOption },
  make: zca,
  restore: restoreAffine,
})
