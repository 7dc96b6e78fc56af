// Standardisation: each coordinate to zero mean and unit variance. Evens out scales, not correlations.
import { flatten as samplesOf, mean as meanOf, type Samples } from '../linalg/covariance.ts'
import { failureError } from '../errors.ts'
import { flatten } from '../data/subset.ts'
import { affinePreconditioner, restoreAffine } from './affine.ts'
import { floorOption, kindOf } from './kind.ts'
import type { FittedPreconditioner, FitOptions, Preconditioner } from './preconditioner.ts'

export interface StandardiseOptions {
  /** Variances below floor x the largest are raised to it, so that constant coordinates stay invertible; 1e-6 unless given. */
  readonly floor?: number
}

interface Marginals {
  readonly name: string
  readonly features: readonly number[]
  readonly mean: Float64Array
  /** Of each coordinate. */
  readonly variance: Float64Array
}

/** Variance of each feature, divisor n - 1. */
function variances({ data, n, d }: Samples, mean: Float64Array): Float64Array {
  const result = new Float64Array(d)
  for (let i = 0; i < n; i++) {
    for (let j = 0, at = i * d; j < d; j++, at++) result[j] += (data[at] - mean[j]) ** 2
  }
  return result.map((sum) => sum / (n - 1))
}

function checkVaries({ name, variance }: Marginals, floor: number): void {
  if (variance.every((value) => value === 0))
    throw failureError(`${name}: all ${variance.length} features are constant, there is nothing to learn`)
  const constantAt = variance.indexOf(0)
  if (constantAt >= 0 && floor === 0) {
    throw failureError(
      `${name}: feature ${constantAt} has zero variance; drop it, or give standardise a floor above 0`,
    )
  }
}

function fitMarginals(marginals: Marginals, floor: number, engine?: FitOptions): FittedPreconditioner {
  checkVaries(marginals, floor)
  const { features, mean, variance } = marginals
  const least = floor * variance.reduce((a, b) => Math.max(a, b), 0)
  const deviation = variance.map((value) => Math.sqrt(Math.max(value, least)))
  const floored = variance.reduce((count, value) => count + Number(value < least), 0)
  return affinePreconditioner(
    {
      kind: 'standardise',
      options: { floor },
      features,
      mean,
      forward: deviation.map((value) => 1 / value),
      backward: deviation,
      logDeterminant: -deviation.reduce((sum, value) => sum + Math.log(value), 0),
      description: { floor, floored, features: variance.length },
    },
    engine,
  )
}

/** z_j = (x_j - mean_j) / sd_j; d parameters, exact inverse. */
export const standardise = ({ floor = 1e-6 }: StandardiseOptions = {}): Preconditioner => ({
  kind: 'standardise',
  options: { floor },
  mapSize: (dimension) => 2 * dimension,
  fit(data, engine) {
    const samples = samplesOf(flatten(data))
    const mean = meanOf(samples)
    const marginals = {
      name: data.name,
      features: data.samples.shape.slice(1),
      mean,
      variance: variances(samples, mean),
    }
    return Promise.resolve(fitMarginals(marginals, floor, engine))
  },
  fitMoments({ name, features, mean, covariance }, engine) {
    const variance = mean.map((_, j) => covariance.data[j * mean.length + j])
    return Promise.resolve(fitMarginals({ name, features, mean, variance }, floor, engine))
  },
})

export const standardiseKind = kindOf({
  name: 'standardise',
  about: 'a scale a coordinate: evens out units, not correlations; O(n d)',
  options: { floor: floorOption },
  make: standardise,
  restore: restoreAffine,
})
