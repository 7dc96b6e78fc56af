// Samples in blocks of rows: of a dataset in memory, or of a file too large for it.
import { ndarray, sizeOf, type NdArray } from '@whitewater/tensor'
import { rowsPerBlock } from '../linalg/moments.ts'
import type { Dataset, DatasetOptions } from './dataset.ts'
import { dataset } from './registry.ts'

export interface SampleBlocks {
  readonly name: string
  /** [count, ...features] */
  readonly shape: readonly number[]
  readonly labels?: Int32Array
  /** Present exactly when labels are. */
  readonly classes?: number
  /** Whether every pass reads the file again; not so for data in memory. */
  readonly streamed?: boolean
  /** Blocks [rows, ...features], in order, float32, checked to be finite. May be iterated several times. */
  blocks(rows?: number): AsyncIterable<NdArray<Float32Array>>
}

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

/** Samples of any source that `dataset` takes, in blocks. @throws as `dataset` */
export async function openBlocks(source: string, options: DatasetOptions = {}): Promise<SampleBlocks> {
  return blocksOf(await dataset(source, options))
}
