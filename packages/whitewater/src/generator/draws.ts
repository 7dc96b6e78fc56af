// What sampling draws: noise and labels, each a function of the seed alone.
import { randomStream } from '@whitewater/tensor'
import { noiseRows } from '../flow/noise.ts'

/** Rows start .. start + rows - 1 of a seed's noise, whatever rows are drawn with them. */
export const noiseFor = (seed: number, start: number, rows: number, size: number): Float32Array =>
  noiseRows(randomStream(seed).split('noise'), start, rows, size)

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
