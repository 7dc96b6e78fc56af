// What every metric on two sets of vectors checks first: the same features, and enough samples.
import type { NdArray } from '@whitewater/tensor'
import { WhitewaterError } from '../errors.ts'
import { flatten, type Samples } from '../linalg/covariance.ts'
import type { Reals } from '../linalg/product.ts'

/** Vectors as a metric takes them: [samples, ...features], flattened to [n, d]. */
export type Vectors = NdArray<Reals>

/**
 * Flattens [n, ...features] to n samples of d features.
 * @throws WhitewaterError (usage) for fewer than `least` samples, or where one is not finite, as after a diverged run:
 *   comparisons with NaN would pass for a score
 */
export function samplesOf(vectors: Vectors, least = 2): Samples {
  const samples = flatten(vectors)
  if (samples.n < least)
    throw new WhitewaterError('usage', `got ${samples.n} samples, expected at least ${least}`)
  const wrong = samples.data.findIndex((value) => !Number.isFinite(value))
  if (wrong < 0) return samples
  const at = Math.floor(wrong / samples.d)
  throw new WhitewaterError('usage', `got ${samples.data[wrong]} in sample ${at}, expected finite numbers`)
}

/** @throws WhitewaterError (usage) for different numbers of features */
export function requireSameFeatures(x: Samples, y: Samples): void {
  if (x.d === y.d) return
  throw new WhitewaterError(
    'usage',
    `got ${x.d} and ${y.d} features a sample, expected the same: compare like with like`,
  )
}

/** Flattens two sets. @throws WhitewaterError (usage) as `samplesOf`, and for different numbers of features */
export function pairOf(x: Vectors, y: Vectors): [Samples, Samples] {
  const pair: [Samples, Samples] = [samplesOf(x), samplesOf(y)]
  requireSameFeatures(...pair)
  return pair
}

/** Rows of `samples` picked by index, in that order. @throws WhitewaterError (usage) for an index that is none */
export function pick({ data, n, d }: Samples, indices: ArrayLike<number>): Samples {
  const picked = new Float64Array(indices.length * d)
  for (let i = 0; i < indices.length; i++) {
    if (!(indices[i] >= 0 && indices[i] < n)) {
      throw new WhitewaterError('usage', `got index ${indices[i]}, expected 0 to ${n - 1}`)
    }
    picked.set(data.subarray(indices[i] * d, (indices[i] + 1) * d), i * d)
  }
  return { data: picked, n: indices.length, d }
}
