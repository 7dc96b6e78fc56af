// Covariances of groups that lend each other strength: each one mixed with the covariance within all of them.
import { combine, matrix, type Matrix } from './matrix.ts'

/** A covariance [d, d] and the samples it rests on: degrees of freedom, or responsibilities in a mixture; not always whole. */
export interface Weighed {
  readonly covariance: Matrix
  readonly weight: number
}

/**
 * Covariance within groups, S_W = sum_k w_k S_k / sum_k w_k, [d, d].
 * @throws RangeError when no group has any weight
 */
export function covarianceWithin(groups: readonly Weighed[]): Matrix {
  const total = groups.reduce((sum, { weight }) => sum + weight, 0)
  if (!(total > 0)) throw new RangeError(`${groups.length} groups weigh ${total} together, expected > 0`)
  const { rows, columns } = groups[0].covariance
  const within = matrix(rows, columns)
  for (const { covariance, weight } of groups) {
    const share = weight / total
    covariance.data.forEach((value, at) => (within.data[at] += share * value))
  }
  return within
}

/**
 * (w_k S_k + pool S_W) / (w_k + pool): the group's own covariance as if `pool` more samples had been seen that vary as all groups
 * do within. The posterior of an inverse Wishart prior (Greene & Rayens 1989); Friedman's regularised discriminant analysis (1989,
 * Eq. 16) with lambda = pool / (pool + sum_k w_k).
 */
export function pooledCovariance({ covariance, weight }: Weighed, within: Matrix, pool: number): Matrix {
  const share = pool / (weight + pool)
  return pool === 0 ? covariance : combine(1 - share, covariance, share, within)
}
