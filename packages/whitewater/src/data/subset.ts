// Parts and views of a dataset.
import { ndarray, randomStream, sizeOf, type NdArray } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import type { Dataset } from './dataset.ts'

/** The samples (with labels) at the given indices, in that order; copied. */
export function select(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const { data, shape } = dataset.samples
  const width = sizeOf(shape.slice(1))
  const out = new Float32Array(indices.length * width)
  for (let i = 0; i < indices.length; i++) {
    out.set(data.subarray(indices[i] * width, (indices[i] + 1) * width), i * width)
  }
  const labels = dataset.labels && Int32Array.from(indices, (index) => dataset.labels?.[index] ?? 0)
  return { ...dataset, samples: ndarray(out, [indices.length, ...shape.slice(1)]), ...(labels && { labels }) }
}

/** The first `most` samples, or all where there are fewer; no copy. */
export function firstSamples(
  { data, shape: [available, ...features] }: NdArray<Float32Array>,
  most: number,
): NdArray<Float32Array> {
  const count = Math.min(most, available)
  return ndarray(data.subarray(0, count * sizeOf(features)), [count, ...features])
}

/**
 * The first `count` samples; shares their memory.
 * @throws WhitewaterError (usage) when there are fewer
 */
export function take(dataset: Dataset, count: number): Dataset {
  checkCount(dataset.name, dataset.samples.shape[0], count)
  const samples = firstSamples(dataset.samples, count)
  return { ...dataset, samples, ...(dataset.labels && { labels: dataset.labels.subarray(0, count) }) }
}

function checkCount(name: string, available: number, count: number): void {
  if (!Number.isInteger(count) || count < 2 || count > available) {
    throw usageError(
      `${count} samples of ${name} asked for, expected an integer from 2 to the ${available} it has`,
    )
  }
}

/**
 * Which samples, ascending, a uniformly random subset without replacement keeps: `count` of `available`.
 * @throws WhitewaterError (usage) when there are fewer
 */
export function subsetIndices(name: string, available: number, count: number, seed: number): Int32Array {
  checkCount(name, available, count)
  return randomStream(seed).split('subset').permutation(available).slice(0, count).sort()
}

/**
 * A uniformly random subset without replacement, in the dataset's order.
 * @throws WhitewaterError (usage) when there are fewer than `count`
 */
export function randomSubset(dataset: Dataset, count: number, seed: number): Dataset {
  const available = dataset.samples.shape[0]
  if (count === available) return dataset
  return select(dataset, subsetIndices(dataset.name, available, count, seed))
}

/**
 * Two disjoint random parts, `round(fraction * count)` samples and the rest, in an order drawn by `seed`.
 * @throws WhitewaterError (usage) when `fraction` leaves either part with fewer than two samples
 */
export function split(dataset: Dataset, fraction: number, seed: number): [Dataset, Dataset] {
  const count = dataset.samples.shape[0]
  const first = Math.round(fraction * count)
  if (!(first >= 2 && count - first >= 2)) {
    throw usageError(
      `split of ${count} samples at fraction ${fraction} leaves a part with fewer than 2; choose another`,
    )
  }
  const order = randomStream(seed).split('split').permutation(count)
  return [select(dataset, order.subarray(0, first)), select(dataset, order.subarray(first))]
}

/** The same samples as [count, d]; shares their memory. */
export function flatten({ samples: { data, shape } }: Dataset): NdArray<Float32Array> {
  return ndarray(data, [shape[0], sizeOf(shape.slice(1))])
}
