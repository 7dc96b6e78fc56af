// What a linear preconditioner is fitted to: mean and covariance from one pass over the data, and one eigendecomposition of the
// covariance however many ask for it (at d = 4096 it is the dominant cost).
import type { CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { flatten as samplesOf, type Moments } from '../linalg/covariance.ts'
import type { Eigen } from '../linalg/eigen.ts'
import { covarianceOf } from '../linalg/moments.ts'
import { eigenOf } from '../linalg/symmetric.ts'
import { flatten } from '../data/subset.ts'

export interface DataMoments extends Moments {
  /** Of the data, for messages. */
  readonly name: string
  /** Shape of one sample. */
  readonly features: readonly number[]
  /** Of the covariance; computed at the first call and kept. */
  readonly eigen: () => Promise<Eigen>
}

/** @param solve what decomposes the covariance */
export function dataMoments(
  { name, features, mean, covariance }: Omit<DataMoments, 'eigen'>,
  solve: (covariance: Moments['covariance']) => Eigen | Promise<Eigen> = eigenOf,
): DataMoments {
  let eigen: Promise<Eigen> | undefined
  const once = async (): Promise<Eigen> => solve(covariance)
  return { name, features, mean, covariance, eigen: () => (eigen ??= once()) }
}

/** Moments of a dataset in memory; O(n d^2). */
export async function momentsOf(data: Dataset, engine?: CompileOptions): Promise<DataMoments> {
  const moments = await covarianceOf(samplesOf(flatten(data)), engine)
  return dataMoments({ ...moments, name: data.name, features: data.samples.shape.slice(1) })
}
