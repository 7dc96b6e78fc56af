// `whitewater encode`: images to the latents of an autoencoder, block by block, into a file that `train` takes.
import { writeLatents } from '../../autoencoder/latents.ts'
import { loadAutoencoder } from '../../runs/load-autoencoder.ts'
import { openBlocks } from '../../data/registry.ts'
import type { Split } from '../../data/dataset.ts'
import { command } from '../command.ts'
import { argument, option, requiredOption } from '../declare.ts'
import { dataOptions, datasetOptions, engineOptions } from '../options.ts'
import { oneOf, text } from '../readers.ts'

export const encode = command({
  name: 'encode',
  about: 'map images to the latents of an autoencoder',
  arguments: {
    run: argument('the folder of an autoencoder, from `train --model vae`'),
    data: argument('images: a file, a folder or a name'),
  },
  options: {
    out: requiredOption('<file>', 'a .safetensors file: latents, and labels where the data has them', text),
    split: option<Split>('<name>', 'of data that has one: train, test', oneOf('split', ['train', 'test'])),
    ...engineOptions,
    ...dataOptions,
  },
  interruption: { stopping: 'stopping', ends: 'interrupted; nothing was written' },
  async run({ run, data: source }, flags, shell) {
    const { out, split } = flags
    const progress = shell.progress('images')
    const autoencoder = shell.own(await loadAutoencoder(run, await shell.engine(flags)))
    const data = await openBlocks(source, { ...datasetOptions(flags), ...(split && { split }) })
    await writeLatents(out, autoencoder, data, {
      signal: shell.signal,
      source: split ? `${data.name} ${split}` : data.name,
      onProgress: (done, count) => progress.update(done, count),
    })
    const { hash, latent } = autoencoder
    const labels = data.labels !== undefined
    const shape = [data.shape[0], ...latent]
    return {
      result: { run, out, shape, labels, hash },
      text: `${out}: latents [${shape.join(', ')}]${labels ? ' with labels' : ''}, of the autoencoder ${hash.slice(0, 12)}`,
    }
  },
})
