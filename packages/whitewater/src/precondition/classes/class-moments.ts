// Mean and covariance of each class, and what a class of few samples borrows from the others: covariances pooled within classes.
import { sizeOf, type CompileOptions } from '@whitewater/tensor'
import { flatBlocksOfClass } from '../../data/sample-blocks.ts'
import type { Dataset, SampleBlocks } from '../../data/dataset.ts'
import { failureError } from '../../errors.ts'
import { matrix } from '../../linalg/matrix.ts'
import { accumulateMoments } from '../../linalg/moments.ts'
import { covarianceWithin, pooledCovariance, type Weighed } from '../../linalg/pooling.ts'
import { finishMoments } from '../../linalg/streaming.ts'
import { checkFinite, dataMoments, momentsOf, type DataMoments } from '../linear/moments.ts'

export interface ClassMoments extends DataMoments {
  /** Samples of the class. */
  readonly count: number
}

/** Moments of the samples of one class; of one sample, itself and no variance. O(n d^2). */
async function classMomentsOf(data: Dataset, engine?: CompileOptions): Promise<ClassMoments> {
  const { name, samples } = data
  const [count, ...features] = samples.shape
  if (count > 1) return { ...(await momentsOf(data, engine)), count }
  const mean = Float64Array.from(samples.data)
  checkFinite(name, mean)
  const covariance = matrix(mean.length, mean.length)
  return { ...dataMoments({ name, features, mean, covariance }), count }
}

/** Moments of each class, in the order given. */
export async function classMomentsOfEach(
  parts: readonly Dataset[],
  engine?: CompileOptions,
): Promise<ClassMoments[]> {
  const classes: ClassMoments[] = []
  for (const part of parts) classes.push(await classMomentsOf(part, engine))
  return classes
}

/** Moments of each class of samples in blocks, a pass over them for each class; holds a d x d matrix a class. */
export async function classMomentsOfBlocks(
  data: SampleBlocks,
  counts: readonly number[],
  engine?: CompileOptions,
): Promise<ClassMoments[]> {
  const features = data.shape.slice(1)
  const classes: ClassMoments[] = []
  for (const [label, count] of counts.entries()) {
    const name = `${data.name}, class ${label}`
    const found = await accumulateMoments(flatBlocksOfClass(data, label), sizeOf(features), engine)
    checkFinite(name, found.mean)
    const { mean, covariance } = finishMoments(found, { ddof: count > 1 ? 1 : 0 })
    classes.push({ ...dataMoments({ name, features, mean, covariance }), count })
  }
  return classes
}

const weighed = ({ covariance, count }: ClassMoments): Weighed => ({ covariance, weight: count - 1 })

/**
 * Each class's own mean, and its covariance as if it had `pool` more samples that vary as classes do within,
 * ((n_k - 1) S_k + pool S_W) / (n_k - 1 + pool): Friedman's regularised discriminant analysis (1989, Eq. 16) at one lambda for all
 * classes. A class of n_k far above `pool` keeps its own; one sample is enough for a mean and S_W.
 * @param poolFor the pool of a class of n_k - 1 degrees of freedom
 * @throws WhitewaterError (failure) when some class needs S_W and none has two samples
 */
export function pooledMoments(
  classes: readonly ClassMoments[],
  poolFor: (freedom: number) => number,
): readonly DataMoments[] {
  const pools = classes.map(({ count }) => poolFor(count - 1))
  if (pools.every((pool) => pool === 0)) return classes
  if (classes.every(({ count }) => count < 2))
    throw failureError(
      `${classes[0].name}, and all others: 1 sample each, expected 2 of some class: there is no variance within classes to pool`,
    )
  const within = covarianceWithin(classes.map(weighed))
  return classes.map((one, k) =>
    pools[k] === 0
      ? one
      : dataMoments({ ...one, covariance: pooledCovariance(weighed(one), within, pools[k]) }),
  )
}
