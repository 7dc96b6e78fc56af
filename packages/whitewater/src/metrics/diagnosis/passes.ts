// Passes over samples in blocks: a few of them on the way, or as many as may be held in memory.
import { ndarray, sizeOf } from '@whitewater/tensor'
import type { SampleBlocks } from '../../data/sample-blocks.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Blocks } from './stages.ts'

/** The same samples, read through a pass that counts or listens. */
export const through = (data: SampleBlocks, pass: Blocks): SampleBlocks => ({ ...data, blocks: () => pass })

export interface Probe {
  /** Passes blocks on and keeps what is to be kept. */
  readonly taking: (blocks: Blocks) => Blocks
  /** What has been kept. */
  readonly dataset: () => Dataset
}

/** Every so many samples, at most `most`, collected from a pass that something else needs. */
export function probeOf({ name, shape, labels, classes }: SampleBlocks, most: number): Probe {
  const [count, ...features] = shape
  const size = sizeOf(features)
  const stride = Math.ceil(count / most)
  const held = Math.ceil(count / stride)
  const values = new Float32Array(held * size)
  const dataset = (): Dataset => ({
    name,
    samples: ndarray(values, [held, ...features]),
    ...(labels && { labels: Int32Array.from({ length: held }, (_, i) => labels[i * stride]), classes }),
  })
  async function* taking(blocks: Blocks): Blocks {
    let start = 0
    for await (const block of blocks) {
      const end = start + block.shape[0]
      for (let at = Math.ceil(start / stride); at * stride < end; at++) {
        const from = (at * stride - start) * size
        values.set(block.data.subarray(from, from + size), at * size)
      }
      start = end
      yield block
    }
  }
  return { dataset, taking }
}

/** Evenly spaced samples, all where there are no more than `most`, in memory. */
export async function gather(data: SampleBlocks, blocks: Blocks, most: number): Promise<Dataset> {
  const { dataset, taking } = probeOf(data, most)
  for await (const block of taking(blocks)) void block
  return dataset()
}
