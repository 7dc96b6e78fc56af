// What a dataset is, and the options that its sources take.
import type { NdArray } from '@whitewater/tensor'

/** Samples, and the class of each where it is known. */
export interface Dataset {
  readonly name: string
  /** [count, ...features], every value finite, count >= 2. */
  readonly samples: NdArray<Float32Array>
  /** [count], each in 0 .. classes - 1. */
  readonly labels?: Int32Array
  /** Present exactly when labels are. */
  readonly classes?: number
}

/** Samples that need not all be in memory: read block by block, as often as wanted. */
export interface SampleBlocks {
  readonly name: string
  /** [count, ...features], count >= 2. */
  readonly shape: readonly number[]
  /** [count], each in 0 .. classes - 1. */
  readonly labels?: Int32Array
  /** Present exactly when labels are. */
  readonly classes?: number
  /** Whether every pass reads the file again; not so for data in memory. */
  readonly streamed?: boolean
  /**
   * Blocks [rows, ...features], in order, float32, every value finite; the last may have fewer rows, and several may share memory.
   * May be iterated several times. The number of rows suits products of float64 blocks unless given.
   */
  blocks(rows?: number): AsyncIterable<NdArray<Float32Array>>
}

export type Split = 'train' | 'test'

/** Every source takes `samples` and `seed`; of the others, those it declares. */
export interface DatasetOptions {
  /** Generated data: how many to make (default 10,000). Files: keep a random subset of this size (default all). */
  readonly samples?: number
  /** Seed of everything drawn; default 0. */
  readonly seed?: number
  /** Which part; default train. Generated data: same distribution, fresh samples. */
  readonly split?: Split
  /** Folder that already holds the files of a downloadable dataset. */
  readonly dataDir?: string
  /** File of class labels, one a sample: .npy, .csv, or IDX. */
  readonly labels?: string
  /** Which array of an .npz, or tensor of a .safetensors, holds the samples. */
  readonly array?: string
  /** Which column of a .csv, by name or index from 0, holds class labels. */
  readonly labelColumn?: string | number
  /** Side of square images in pixels: glyphs are drawn, and folders of images resized, to it. */
  readonly resolution?: number
  /** Channels of images in a folder: 3 colour (default), 1 grey. */
  readonly channels?: 1 | 3
  /** Number of features. */
  readonly dimension?: number
  /** lambda_max / lambda_min of the covariance (of each component). */
  readonly conditionNumber?: number
  /** Number of mixture components. */
  readonly components?: number
  /** Standard deviation of added Gaussian noise, in units of the data. */
  readonly noise?: number
}

export type DatasetOption = keyof DatasetOptions

/** A kind of data: what it takes besides `samples` and `seed`, and how it is had. */
export interface DatasetSource {
  readonly options: readonly DatasetOption[]
  readonly load: (options: DatasetOptions) => Dataset | Promise<Dataset>
  /** The same in blocks, where loading would take too much memory; undefined where it would not. */
  readonly open?: (options: DatasetOptions) => Promise<SampleBlocks | undefined>
}
