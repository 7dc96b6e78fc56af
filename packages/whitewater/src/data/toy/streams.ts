// Streams of a generated dataset: one for what is fixed about the distribution, one for the samples of each split.
import { randomStream, type RandomStream } from '@whitewater/tensor'
import type { DatasetOptions } from '../dataset.ts'

export const DEFAULT_SAMPLES = 10_000

/** Draws that define the distribution; the same for every split. */
export const distributionStream = (name: string, { seed = 0 }: DatasetOptions): RandomStream =>
  randomStream(seed).split(`${name}/distribution`)

/** Draws of the samples. */
export const sampleStream = (name: string, { seed = 0, split = 'train' }: DatasetOptions): RandomStream =>
  randomStream(seed).split(`${name}/${split}`)
