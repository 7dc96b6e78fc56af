// What sampling draws: noise and labels, each a function of the seed alone.
import { randomStream } from '@whitewater/tensor'
import { noiseRows } from '../flow/noise.ts'

/** Rows start .. start + rows - 1 of a seed's noise, whatever rows are drawn with them. */
export const noiseFor = (seed: number, start: number, rows: number, size: number): Float32Array =>
  noiseRows(randomStream(seed).split('noise'), start, rows, size)

/** The index that a uniform in [0, 1) falls on, each as likely as its share of all counts. */
export function drawIndex(counts: readonly number[], uniform: number): number {
  let below = uniform * counts.reduce((sum, n) => sum + n, 0)
  const index = counts.findIndex((n) => (below -= n) < 0)
  return index < 0 ? counts.length - 1 : index
}

/** Labels with the frequencies of the training data. */
export const drawLabels = (counts: readonly number[], count: number, seed: number): Int32Array =>
  Int32Array.from(randomStream(seed).split('labels').uniform(count), (uniform) => drawIndex(counts, uniform))
