// `whitewater decode`: latents of an autoencoder back to images, block by block.
import { extname } from 'node:path'
import { ndarray, sizeOf, type NdArray } from '@whitewater/tensor'
import { checkLatents, mappedBlocks } from '../../autoencoder/latents.ts'
import { loadAutoencoder } from '../../runs/load-autoencoder.ts'
import { openBlocks } from '../../data/registry.ts'
import type { SampleBlocks } from '../../data/dataset.ts'
import { writeNpyBlocks } from '../../data/files.ts'
import { firstSamples } from '../../data/subset.ts'
import { writeFileAtomic } from '../../data/write.ts'
import { usageError } from '../../errors.ts'
import { command } from '../command.ts'
import { argument, option, requiredOption } from '../declare.ts'
import { engineOptions } from '../options.ts'
import { text, whole } from '../readers.ts'

/** Images in a picture unless more are asked for. */
const PICTURED = 64

/** The first `most` samples. */
function firstBlocks(data: SampleBlocks, most: number): SampleBlocks {
  const [available, ...features] = data.shape
  const count = Math.min(most, available)
  return {
    name: data.name,
    shape: [count, ...features],
    async *blocks(rows) {
      let left = count
      for await (const block of data.blocks(rows)) {
        if (left > 0) yield firstSamples(block, left)
        left -= block.shape[0]
        if (left <= 0) return
      }
    },
  }
}

async function writePicture(
  path: string,
  shape: readonly number[],
  blocks: AsyncIterable<NdArray<Float32Array>>,
): Promise<void> {
  if (shape[1] !== 1 && shape[1] !== 3)
    throw usageError(`images of ${shape[1]} channels cannot be shown: write them to a .npy file`)
  const data = new Float32Array(sizeOf(shape))
  let at = 0
  for await (const block of blocks) {
    data.set(block.data, at)
    at += block.data.length
  }
  const { imageGridPng } = await import('../../report/image-grid.ts')
  await writeFileAtomic(path, await imageGridPng({ images: ndarray(data, shape) }))
}

export const decode = command({
  name: 'decode',
  about: 'map latents of an autoencoder back to images',
  arguments: {
    run: argument('the folder of an autoencoder, from `train --model vae`'),
    latents: argument('latents: a file from `encode`, or samples of a generator'),
  },
  options: {
    out: requiredOption('<file>', '.npy: the images; .png: a grid of them', text),
    count: option('<n>', `only the first n (default: all, ${PICTURED} in a .png)`, whole(1), '-n'),
    array: option('<name>', 'which array of an .npz or .safetensors', text),
    ...engineOptions,
  },
  interruption: { stopping: 'stopping', ends: 'interrupted; nothing was written' },
  async run({ run, latents }, flags, shell) {
    const { out, array, count } = flags
    const ending = extname(out).toLowerCase()
    if (ending !== '.npy' && ending !== '.png')
      throw usageError(`cannot write ${out}: expected a name that ends in .npy or .png`)
    const progress = shell.progress('images')
    const autoencoder = shell.own(await loadAutoencoder(run, await shell.engine(flags)))
    await checkLatents(latents, autoencoder)
    const all = await openBlocks(latents, { array })
    const data = firstBlocks(all, count ?? (ending === '.png' ? PICTURED : Infinity))
    const [images] = data.shape
    const shape = [images, ...autoencoder.image]
    const decoded = mappedBlocks(data, (block, own) => autoencoder.decode(block, own), {
      signal: shell.signal,
      onProgress: (done, total) => progress.update(done, total),
    })
    await (ending === '.npy' ? writeNpyBlocks(out, shape, decoded) : writePicture(out, shape, decoded))
    return {
      result: { run, out, shape, hash: autoencoder.hash },
      text: `${out}: ${images} images of shape [${autoencoder.image.join(', ')}]`,
    }
  },
})
