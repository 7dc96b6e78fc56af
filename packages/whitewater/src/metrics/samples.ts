// What every metric on two sets of vectors checks first: the same features, and enough samples.
import type { NdArray } from '@whitewater/tensor'
import { WhitewaterError } from '../errors.ts'
import { flatten, type Samples } from '../linalg/covariance.ts'
import type { Reals } from '../linalg/product.ts'

/** Vectors as a metric takes them: [samples, ...features], flattened to [n, d]. */
export type Vectors = NdArray<Reals>

/**
 * Flattens [n, ...features] to n samples of d features.
 * @throws WhitewaterError (usage) for fewer than `least` samples
 */
export function samplesOf(vectors: Vectors, least = 2): Samples {
  const samples = flatten(vectors)
  if (samples.n < least)
    throw new WhitewaterError('usage', `got ${samples.n} samples, expected at least ${least}`)
  return samples
}

/** Flattens two sets. @throws WhitewaterError (usage) for fewer than 2 samples or different numbers of features */
export function pairOf(x: Vectors, y: Vectors): [Samples, Samples] {
  const pair: [Samples, Samples] = [samplesOf(x), samplesOf(y)]
  if (pair[0].d !== pair[1].d) {
    throw new WhitewaterError(
      'usage',
      `got ${pair[0].d} and ${pair[1].d} features a sample, expected the same: compare like with like`,
    )
  }
  return pair
}

/** Rows of `samples` picked by index, in that order. */
export function pick({ data, d }: Samples, indices: ArrayLike<number>): Samples {
  const picked = new Float64Array(indices.length * d)
  for (let i = 0; i < indices.length; i++) {
    picked.set(data.subarray(indices[i] * d, (indices[i] + 1) * d), i * d)
  }
  return { data: picked, n: indices.length, d }
}
