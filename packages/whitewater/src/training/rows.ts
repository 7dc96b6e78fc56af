// Which rows of the data a training step sees, and how they come into its batch.
import { float32Of, sizeOf, type Data, type RandomStream } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'

/** Rows in the order of a fresh permutation each epoch; which rows a step sees depends on (seed, step) alone. */
export function rowOrder(
  count: number,
  batch: number,
  seed: RandomStream,
): (step: number, index: number) => number {
  let epoch = -1
  let order: Int32Array = new Int32Array(0)
  return (step, index) => {
    const position = step * batch + index
    const current = Math.floor(position / count)
    if (current !== epoch) {
      epoch = current
      order = seed.split(`epoch ${current}`).permutation(count)
    }
    return order[position - current * count]
  }
}

/**
 * Fills x [n, ...features] with row `rowAt(k)` of the data at each k, and `labels` [n] with their classes, where the data has them.
 * @returns the filled x
 */
export function fillRows(
  batch: { readonly x: Data; readonly labels?: Data },
  { samples, labels }: Dataset,
  rowAt: (k: number) => number,
): Float32Array {
  const x = float32Of(batch.x)
  const size = sizeOf(samples.shape.slice(1))
  for (let k = 0; k < x.length / size; k++) {
    const row = rowAt(k)
    x.set(samples.data.subarray(row * size, (row + 1) * size), k * size)
    if (labels && batch.labels) batch.labels[k] = labels[row]
  }
  return x
}
