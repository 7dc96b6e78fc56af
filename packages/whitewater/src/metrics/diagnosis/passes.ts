// Passes over samples in blocks: as flat vectors, a few of them on the way, those of one class, or as many as may be held in memory.
import { ndarray, sizeOf } from '@whitewater/tensor'
import type { SampleBlocks } from '../../data/blocks.ts'
import type { Dataset } from '../../data/dataset.ts'
import { flatten, type Samples } from '../../linalg/covariance.ts'
import { rowsPerBlock } from '../../linalg/moments.ts'
import type { Blocks } from './stages.ts'

export async function* samplesIn(blocks: Blocks): AsyncIterable<Samples> {
  for await (const block of blocks) yield flatten(block)
}

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

/** The samples of one class, regrouped to full blocks: programs are compiled per shape. */
export async function* samplesOfClass(
  { shape, labels }: SampleBlocks,
  label: number,
  blocks: Blocks,
): AsyncIterable<Samples> {
  const d = sizeOf(shape.slice(1))
  const rows = rowsPerBlock(d)
  let [seen, filled] = [0, 0]
  let buffer = new Float32Array(rows * d)
  for await (const block of blocks) {
    for (let i = 0; i < block.shape[0]; i++, seen++) {
      if (labels?.[seen] !== label) continue
      buffer.set(block.data.subarray(i * d, (i + 1) * d), filled * d)
      if (++filled < rows) continue
      yield { data: buffer, n: rows, d }
      buffer = new Float32Array(rows * d)
      filled = 0
    }
  }
  if (filled > 0) yield { data: buffer.subarray(0, filled * d), n: filled, d }
}
