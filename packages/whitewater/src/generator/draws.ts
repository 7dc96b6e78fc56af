// What sampling draws: noise and labels, each a function of the seed alone.
import { randomStream } from '@whitewater/tensor'

/** Noise is drawn in groups, so that the first n samples of a seed do not depend on how many are drawn or on the batch. */
const GROUP = 256

export function noiseFor(seed: number, start: number, rows: number, size: number): Float32Array {
  const stream = randomStream(seed).split('noise')
  const x0 = new Float32Array(rows * size)
  for (let group = Math.floor(start / GROUP); group * GROUP < start + rows; group++) {
    const first = Math.max(start, group * GROUP)
    const last = Math.min(start + rows, (group + 1) * GROUP)
    const values = stream.split(String(group)).normal((last - group * GROUP) * size)
    x0.set(values.subarray((first - group * GROUP) * size), (first - start) * size)
  }
  return x0
}

/** Labels with the frequencies of the training data. */
export function drawLabels(counts: readonly number[], count: number, seed: number): Int32Array {
  const total = counts.reduce((sum, n) => sum + n, 0)
  const stream = randomStream(seed).split('labels')
  return Int32Array.from(stream.uniform(count), (u) => {
    let below = u * total
    const label = counts.findIndex((n) => (below -= n) < 0)
    return label < 0 ? counts.length - 1 : label
  })
}
