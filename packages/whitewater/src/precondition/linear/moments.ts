// What a linear preconditioner is fitted to: mean and covariance from one pass over the data, and one eigendecomposition of the
// covariance however many ask for it (at d = 4096 it is the dominant cost).
import type { CompileOptions } from '@whitewater/tensor'
import { blocksOf, runningMomentsOf } from '../../data/sample-blocks.ts'
import type { Dataset, SampleBlocks } from '../../data/dataset.ts'
import { failureError } from '../../errors.ts'
import type { Moments } from '../../linalg/covariance.ts'
import type { Eigen } from '../../linalg/eigen.ts'
import { finishMoments } from '../../linalg/streaming.ts'
import { eigenOf } from '../../linalg/symmetric.ts'

export interface DataMoments extends Moments {
  /** Data's name, for messages. */
  readonly name: string
  /** Shape of one sample. */
  readonly features: readonly number[]
  /** Covariance eigenpairs, computed at first call and kept. */
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

/** @throws WhitewaterError (failure) for a mean that is not finite: one value that is not makes it so */
export function checkFinite(name: string, mean: Float64Array): void {
  const bad = mean.findIndex((value) => !Number.isFinite(value))
  if (bad < 0) return
  throw failureError(
    `${name}: feature ${bad} holds values that are NaN or infinite, expected finite numbers: repair or drop those samples`,
  )
}

/** Moments of samples in blocks, in one pass; O(n d^2). */
export async function momentsOfBlocks(data: SampleBlocks, engine?: CompileOptions): Promise<DataMoments> {
  const moments = finishMoments(await runningMomentsOf(data, engine))
  checkFinite(data.name, moments.mean)
  return dataMoments({ ...moments, name: data.name, features: data.shape.slice(1) })
}

/** Moments of a dataset in memory. */
export const momentsOf = (data: Dataset, engine?: CompileOptions): Promise<DataMoments> =>
  momentsOfBlocks(blocksOf(data), engine)
