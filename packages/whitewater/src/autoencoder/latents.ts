// Latents as files: .safetensors with `latents`, `labels` where there are any, and the hash of the autoencoder they belong to.
import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { ndarray, type NdArray } from '@whitewater/tensor'
import type { SampleBlocks } from '../data/dataset.ts'
import { readMetadata, writeSafetensorsBlocks } from '../data/files.ts'
import { usageError } from '../errors.ts'
import type { Autoencoder, MapOptions } from './autoencoder.ts'

/** The same samples mapped, block by block. */
export async function* mappedBlocks(
  data: SampleBlocks,
  map: (block: NdArray<Float32Array>, options: MapOptions) => Promise<NdArray<Float32Array>>,
  options: MapOptions = {},
): AsyncGenerator<NdArray<Float32Array>> {
  const [count] = data.shape
  let done = 0
  for await (const block of data.blocks()) {
    const start = done
    yield await map(block, { ...options, onProgress: (rows) => options.onProgress?.(start + rows, count) })
    done += block.shape[0]
  }
}

/**
 * Encodes images into a .safetensors file: tensors `latents` [n, ...latent] and `labels` int32 [n] where the data has them; metadata
 * `autoencoder` (its hash), `source` and `normalisation`. Never more than a block of images in memory, and whole or not there.
 * @throws WhitewaterError (usage) for another ending, or images of another shape; the reason of `signal`
 */
export async function writeLatents(
  path: string,
  autoencoder: Autoencoder,
  data: SampleBlocks,
  { source = data.name, ...options }: MapOptions & { readonly source?: string } = {},
): Promise<void> {
  if (extname(path) !== '.safetensors')
    throw usageError(`cannot write latents to ${path}: expected a name that ends in .safetensors`)
  const { labels, shape } = data
  await writeSafetensorsBlocks(
    path,
    labels ? [['labels', ndarray(labels, [shape[0]])]] : [],
    {
      name: 'latents',
      shape: [shape[0], ...autoencoder.latent],
      blocks: mappedBlocks(data, (images, own) => autoencoder.encode(images, own), options),
    },
    {
      autoencoder: autoencoder.hash,
      source,
      normalisation: JSON.stringify(autoencoder.parts.normalisation),
    },
  )
}

/** The hash of the autoencoder that a file's latents belong to; undefined where it says none, or is not there. */
const latentsHash = async (path: string): Promise<string | undefined> =>
  extname(path) === '.safetensors' && existsSync(path) ? (await readMetadata(path)).autoencoder : undefined

/** @throws WhitewaterError (usage) for latents that say they were made by another autoencoder */
export async function checkLatents(path: string, { hash }: Autoencoder): Promise<void> {
  const own = await latentsHash(path)
  if (own === undefined || own === hash) return
  throw usageError(
    `${path} holds latents of the autoencoder ${own.slice(0, 12)}, this one is ${hash.slice(0, 12)}: give the one that made them`,
  )
}
