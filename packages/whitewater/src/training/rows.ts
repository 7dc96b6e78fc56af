// Which rows of the data a training step sees.
import type { RandomStream } from '@whitewater/tensor'

/** Rows in the order of a fresh permutation each epoch; which rows a step sees depends on (seed, step) alone. */
export function rowOrder(
  count: number,
  batch: number,
  seed: RandomStream,
): (step: number, index: number) => number {
  let [epoch, order]: [number, Int32Array] = [-1, new Int32Array(0)]
  return (step, index) => {
    const position = step * batch + index
    const current = Math.floor(position / count)
    if (current !== epoch) [epoch, order] = [current, seed.split(`epoch ${current}`).permutation(count)]
    return order[position - current * count]
  }
}
