// The configuration of a new autoencoder: from a file where one is given, with the command line's options on top.
import { checkedAutoencoderConfig, readAutoencoderConfig } from '../../runs/autoencoder-folder.ts'
import { configuresAutoencoder, holdsAutoencoder } from '../../runs/files.ts'
import type { AutoencoderConfig } from '../../autoencoder/settings.ts'
import { usageError } from '../../errors.ts'
import { typedName } from '../../kinds/typed-name.ts'
import { datasetOptions } from '../options.ts'
import { given, isConfig } from '../train-config.ts'
import type { TrainFlags } from '../train-options.ts'

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
  'precondition',
  'residual',
  'path',
  'prediction',
  'coupling',
  'time',
  'weight',
  'field',
] as const

/** @throws WhitewaterError (usage) for an option that only a generator has */
export function checkFlags(flags: TrainFlags): void {
  const extra = generatorOnly.find((name) => flags[name] !== undefined)
  if (extra) throw usageError(`${typedName(extra)} is for generators: leave it out to train an autoencoder`)
}

/** @throws WhitewaterError (usage) for a configuration that does not hold */
export async function autoencoderConfigFrom(source: string, flags: TrainFlags): Promise<AutoencoderConfig> {
  const file = isConfig(source) ? await readAutoencoderConfig(source) : undefined
  const { steps, batch, learningRate, checkpointEvery, seed, width, depth, set } = flags
  const config = {
    ...file,
    ...given({ steps, batch, learningRate, checkpointEvery, seed, width, blocks: depth }),
    ...set,
    model: 'vae',
    data: { ...(file?.data ?? { source }), ...datasetOptions(flags) },
  }
  return checkedAutoencoderConfig(config, 'the configuration')
}
