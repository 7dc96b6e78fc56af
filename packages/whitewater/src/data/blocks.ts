// Samples in blocks of rows: of a dataset in memory, or of a file too large for it.
import { ndarray, sizeOf, type CompileOptions } from '@whitewater/tensor'
import { flatten } from '../linalg/covariance.ts'
import { accumulateMoments, rowsPerBlock } from '../linalg/moments.ts'
import type { RunningMoments } from '../linalg/streaming.ts'
import type { Dataset, DatasetOptions, SampleBlocks } from './dataset.ts'
import { checkedSource, dataset } from './registry.ts'

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

/**
 * Any source that `dataset` takes, in blocks. A .npy file of more than 256 MiB is read by ranges, never whole: with `samples`, only
 * those rows of it, the same that `dataset` would keep.
 * @throws as `dataset`; for such a file, values that are not finite show when their block is read
 */
export async function openBlocks(source: string, options: DatasetOptions = {}): Promise<SampleBlocks> {
  const { open } = await checkedSource(source, options)
  return (await open?.(options)) ?? blocksOf(await dataset(source, options))
}

/** Mean and scatter of all samples, flattened to [count, d]; one pass. */
export const momentsOf = (source: SampleBlocks, engine?: CompileOptions): Promise<RunningMoments> =>
  accumulateMoments(flatBlocks(source), sizeOf(source.shape.slice(1)), engine)

async function* flatBlocks(source: SampleBlocks) {
  for await (const block of source.blocks()) yield flatten(block)
}
