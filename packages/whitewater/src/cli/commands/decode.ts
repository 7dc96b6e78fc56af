// `whitewater decode`: latents of an autoencoder back to images, block by block.
import { extname } from 'node:path'
import { ndarray, sizeOf, type NdArray } from '@whitewater/tensor'
import { Command } from 'commander'
import { checkLatents, mappedBlocks } from '../../autoencoder/latents.ts'
import { loadAutoencoder } from '../../runs/load-autoencoder.ts'
import { openBlocks, type SampleBlocks } from '../../data/sample-blocks.ts'
import { writeNpyBlocks } from '../../data/files.ts'
import { firstSamples } from '../../data/subset.ts'
import { writeFileAtomic } from '../../data/write.ts'
import { usageError } from '../../errors.ts'
import { withEngineOpen } from '../engine.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { flagsOf, whole, withEngine, type EngineFlags } from '../options.ts'
import { print } from '../output.ts'
import { progressBar } from '../progress.ts'

interface Flags extends EngineFlags {
  readonly out: string
  readonly array?: string
  readonly count?: number
}

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

async function decodeTo(run: string, latents: string, flags: Flags, signal: AbortSignal) {
  const { out, array, count } = flags
  const ending = extname(out).toLowerCase()
  if (ending !== '.npy' && ending !== '.png')
    throw usageError(`cannot write ${out}: expected a name that ends in .npy or .png`)
  const progress = progressBar('images')
  return withEngineOpen(flags, async (engine) => {
    const autoencoder = await loadAutoencoder(run, engine)
    try {
      await checkLatents(latents, autoencoder)
      const all = await openBlocks(latents, { array })
      const data = firstBlocks(all, count ?? (ending === '.png' ? PICTURED : Infinity))
      const shape = [data.shape[0], ...autoencoder.image]
      const images = mappedBlocks(data, (block, own) => autoencoder.decode(block, own), {
        signal,
        onProgress: (done, total) => progress.update(done, total),
      })
      await (ending === '.npy' ? writeNpyBlocks(out, shape, images) : writePicture(out, shape, images))
      return { run, out, shape, hash: autoencoder.hash }
    } finally {
      await autoencoder.dispose()
    }
  }).finally(() => progress.end())
}

async function act(run: string, latents: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  const interrupt = onInterrupt('stopping')
  try {
    const result = await decodeTo(run, latents, flags, interrupt.signal)
    const [count, ...image] = result.shape
    print(result, `${result.out}: ${count} images of shape [${image.join(', ')}]`, flags)
  } catch (error) {
    throw interrupt.signal.aborted ? new Interrupted('interrupted; nothing was written') : error
  } finally {
    interrupt.release()
  }
}

export const decode = (): Command =>
  withEngine(
    new Command('decode')
      .description('map latents of an autoencoder back to images')
      .argument('<run>', 'the folder of an autoencoder, from `train --model vae`')
      .argument('<latents>', 'latents: a file from `encode`, or samples of a generator')
      .requiredOption('--out <file>', '.npy: the images; .png: a grid of them')
      .option('-n, --count <n>', `only the first n (default: all, ${PICTURED} in a .png)`, whole(1))
      .option('--array <name>', 'which array of an .npz or .safetensors'),
  ).action(act)
