// Standardisation: each coordinate to zero mean and unit variance. Evens out scales, not correlations.
import { sizeOf } from '@whitewater/tensor'
import { blocksOf, flatBlocks } from '../../data/sample-blocks.ts'
import type { SampleBlocks } from '../../data/dataset.ts'
import { marginalsOf, type Marginals } from '../../linalg/marginals.ts'
import { affinePreconditioner, restoreAffine } from './affine.ts'
import { floorOption, kindOf } from '../kind.ts'
import { checkFinite } from './moments.ts'
import { deviationsOf } from './deviations.ts'
import type { FittedPreconditioner, FitOptions, Preconditioner } from '../preconditioner.ts'

export interface StandardiseOptions {
  /** Variances below floor x the largest are raised to it, so that constant coordinates stay invertible; 1e-6 unless given. */
  readonly floor?: number
}

type Moments = Pick<Marginals, 'mean' | 'variance'> & {
  readonly name: string
  readonly features: readonly number[]
}

function fitMarginals(
  { name, features, mean, variance }: Moments,
  floor: number,
  { engine }: FitOptions = {},
): FittedPreconditioner {
  checkFinite(name, mean)
  const { deviations, inverses, logDeterminant, floored } = deviationsOf(
    { name, variance, floor },
    'standardise',
  )
  return affinePreconditioner(
    {
      kind: 'standardise',
      options: { floor },
      features,
      mean,
      logDeterminant,
      forward: inverses,
      backward: deviations,
      description: { floor, floored, features: variance.length },
    },
    engine,
  )
}

/**
 * z_j = (x_j - mean_j) / sd_j. Enough where features are independent but of different scales, and the cheapest map there is; it
 * leaves kappa of the correlation, and evens out nothing in data that is only rotated. O(n d); d parameters, exact inverse.
 */
export const standardise = ({ floor = 1e-6 }: StandardiseOptions = {}): Preconditioner => {
  const fitBlocks = async (data: SampleBlocks, fitting?: FitOptions): Promise<FittedPreconditioner> => {
    const features = data.shape.slice(1)
    const marginals = await marginalsOf(flatBlocks(data), sizeOf(features))
    return fitMarginals({ name: data.name, features, ...marginals }, floor, fitting)
  }
  return {
    kind: 'standardise',
    options: { floor },
    mapSize: (dimension) => 2 * dimension,
    fit: (data, fitting) => fitBlocks(blocksOf(data), fitting),
    fitBlocks,
    fitMoments({ name, features, mean, covariance }, fitting) {
      const variance = mean.map((_, j) => covariance.data[j * mean.length + j])
      return Promise.resolve(fitMarginals({ name, features, mean, variance }, floor, fitting))
    },
  }
}

export const standardiseKind = kindOf({
  name: 'standardise',
  about: 'a scale a coordinate: evens out units, not correlations; O(n d)',
  options: { floor: floorOption },
  make: standardise,
  restore: restoreAffine,
})
