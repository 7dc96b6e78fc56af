// Samples in blocks of rows: of a dataset in memory, or of a file too large for it.
import { ndarray, sizeOf, type CompileOptions } from '@whitewater/tensor'
import { flatten, type Samples } from '../linalg/covariance.ts'
import { accumulateMoments, rowsPerBlock } from '../linalg/moments.ts'
import type { RunningMoments } from '../linalg/streaming.ts'
import type { Dataset, SampleBlocks } from './dataset.ts'

export type { SampleBlocks } from './dataset.ts'

/** A dataset in memory as blocks that share its memory. */
export function blocksOf({ name, samples, labels, classes }: Dataset): SampleBlocks {
  const [count, ...features] = samples.shape
  const width = sizeOf(features)
  return {
    name,
    shape: samples.shape,
    ...(labels && { labels, classes }),
    async *blocks(rows = rowsPerBlock(width)) {
      for (let start = 0; start < count; start += rows) {
        const end = Math.min(count, start + rows)
        yield await Promise.resolve(
          ndarray(samples.data.subarray(start * width, end * width), [end - start, ...features]),
        )
      }
    },
  }
}

/** Blocks as flat samples [rows, d]. */
export async function* flatBlocks(source: SampleBlocks, rows?: number): AsyncGenerator<Samples> {
  for await (const block of source.blocks(rows)) yield flatten(block)
}

/** The samples of one class as [rows, d], regrouped to full blocks, because programs are compiled per shape; one pass. */
export async function* flatBlocksOfClass(source: SampleBlocks, label: number): AsyncGenerator<Samples> {
  const d = sizeOf(source.shape.slice(1))
  const rows = rowsPerBlock(d)
  let row = 0
  let filled = 0
  let gathered = new Float32Array(rows * d)
  for await (const { data, n } of flatBlocks(source)) {
    for (let i = 0; i < n; i++, row++) {
      if (source.labels?.[row] !== label) continue
      gathered.set(data.subarray(i * d, (i + 1) * d), filled * d)
      if (++filled < rows) continue
      yield { data: gathered, n: filled, d }
      gathered = new Float32Array(rows * d)
      filled = 0
    }
  }
  if (filled > 0) yield { data: gathered.subarray(0, filled * d), n: filled, d }
}

/** Mean and scatter of all samples, flattened to [count, d]; one pass. */
export const runningMomentsOf = (source: SampleBlocks, engine?: CompileOptions): Promise<RunningMoments> =>
  accumulateMoments(flatBlocks(source), sizeOf(source.shape.slice(1)), engine)
