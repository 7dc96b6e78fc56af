// `whitewater encode`: images to the latents of an autoencoder, block by block, into a file that `train` takes.
import { Command } from 'commander'
import { writeLatents } from '../../autoencoder/latents.ts'
import { loadAutoencoder } from '../../runs/load-autoencoder.ts'
import { openBlocks } from '../../data/sample-blocks.ts'
import type { Split } from '../../data/dataset.ts'
import { withEngineOpen } from '../engine.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import {
  dataOptions,
  flagsOf,
  oneOf,
  withData,
  withEngine,
  type DataFlags,
  type EngineFlags,
} from '../options.ts'
import { print } from '../output.ts'
import { progressBar } from '../progress.ts'

interface Flags extends DataFlags, EngineFlags {
  readonly out: string
  readonly split?: Split
}

async function encodeTo(run: string, source: string, flags: Flags, signal: AbortSignal) {
  const { out, split } = flags
  const progress = progressBar('images')
  return withEngineOpen(flags, async (engine) => {
    const autoencoder = await loadAutoencoder(run, engine)
    try {
      const data = await openBlocks(source, { ...dataOptions(flags), ...(split && { split }) })
      await writeLatents(out, autoencoder, data, {
        signal,
        source: split ? `${data.name} ${split}` : data.name,
        onProgress: (done, count) => progress.update(done, count),
      })
      const [count] = data.shape
      return {
        run,
        out,
        shape: [count, ...autoencoder.latent],
        labels: data.labels !== undefined,
        hash: autoencoder.hash,
      }
    } finally {
      await autoencoder.dispose()
    }
  }).finally(() => progress.end())
}

async function act(run: string, source: string, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  const interrupt = onInterrupt('stopping')
  try {
    const result = await encodeTo(run, source, flags, interrupt.signal)
    const { out, shape, labels, hash } = result
    print(
      result,
      `${out}: latents [${shape.join(', ')}]${labels ? ' with labels' : ''}, of the autoencoder ${hash.slice(0, 12)}`,
      flags,
    )
  } catch (error) {
    throw interrupt.signal.aborted ? new Interrupted('interrupted; nothing was written') : error
  } finally {
    interrupt.release()
  }
}

export const encode = (): Command =>
  withData(
    withEngine(
      new Command('encode')
        .description('map images to the latents of an autoencoder')
        .argument('<run>', 'the folder of an autoencoder, from `train --model vae`')
        .argument('<data>', 'images: a file, a folder or a name')
        .requiredOption('--out <file>', 'a .safetensors file: latents, and labels where the data has them')
        .option('--split <name>', 'of data that has one: train, test', oneOf('split', ['train', 'test'])),
    ),
  ).action(act)
