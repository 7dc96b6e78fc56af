// The configuration of a new autoencoder: from a file where one is given, with the command line's options on top.
import { extname } from 'node:path'
import type { Command } from 'commander'
import { checkedAutoencoderConfig, readAutoencoderConfig } from '../../runs/autoencoder-folder.ts'
import { configuresAutoencoder, holdsAutoencoder } from '../../runs/files.ts'
import type { AutoencoderConfig } from '../../autoencoder/settings.ts'
import { usageError } from '../../errors.ts'
import { dataOptions } from '../options.ts'
import type { TrainFlags } from '../train-config.ts'

/** What `train` can train. */
export const modelKinds = ['generator', 'vae'] as const

const isConfig = (source: string): boolean => ['.yaml', '.yml'].includes(extname(source).toLowerCase())

/** Whether `train` is asked for an autoencoder: by --model, by a configuration, or by the run to go on with. */
export async function asksForAutoencoder(
  source: string | undefined,
  { model, resume }: TrainFlags,
): Promise<boolean> {
  if (resume !== undefined) return holdsAutoencoder(resume)
  return (
    model === 'vae' || (source !== undefined && isConfig(source) && (await configuresAutoencoder(source)))
  )
}

/** Options of `train` that say something of generators only. */
const generatorOnly = [
  ...['precondition', 'residual', 'path', 'prediction', 'coupling', 'time', 'weight', 'field'],
]

/** @throws WhitewaterError (usage) for an option that only a generator has */
export function checkFlags(command: Command): void {
  const extra = command.options.find(
    (option) =>
      command.getOptionValueSource(option.attributeName()) === 'cli' &&
      generatorOnly.includes(option.attributeName()),
  )
  if (extra)
    throw usageError(`${extra.long ?? extra.flags} is for generators: leave it out to train an autoencoder`)
}

const given = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** @throws WhitewaterError (usage) for a configuration that does not hold */
export async function autoencoderConfigFrom(source: string, flags: TrainFlags): Promise<AutoencoderConfig> {
  const file = isConfig(source) ? await readAutoencoderConfig(source) : undefined
  const { steps, batch, learningRate, checkpointEvery, seed, width, depth, set } = flags
  const config = {
    ...file,
    ...given({ steps, batch, learningRate, checkpointEvery, seed, width, blocks: depth }),
    ...set,
    model: 'vae',
    data: { ...(file?.data ?? { source }), ...dataOptions(flags) },
  }
  return checkedAutoencoderConfig(config, 'the configuration')
}
