// The run of an autoencoder on disk: the files of every run; model.json stands there once it is trained.
import { readFile } from 'node:fs/promises'
import type { AutoencoderKeeper } from '../autoencoder/train.ts'
import { factsSchema, type AutoencoderFacts } from '../autoencoder/facts.ts'
import { autoencoderConfig, type AutoencoderConfig } from '../autoencoder/settings.ts'
import { readReasonOf } from '../data/write.ts'
import { failureError, usageError } from '../errors.ts'
import { checkedConfig } from '../kinds/checked-config.ts'
import { appendMetric } from '../training/metrics-log.ts'
import {
  beginRun,
  checkpointsOf,
  continueRun,
  exists,
  holdsAutoencoder,
  lengthened,
  parseYaml,
  requireSame,
  runPaths,
  writeModel,
} from './files.ts'

const hint = 'see docs/latents.md for every entry'

export const checkedAutoencoderConfig = (value: unknown, where: string): AutoencoderConfig =>
  checkedConfig(autoencoderConfig, value, where, hint)

/**
 * Makes the run's folder, or opens that of a run to go on with.
 * @throws WhitewaterError: usage for a folder that holds a run already; failure where it was trained with another classifier
 */
export async function openAutoencoderRun(
  folder: string,
  config: AutoencoderConfig,
  resume: boolean,
): Promise<void> {
  // What it is comes first, for people who read it.
  const { model, ...rest } = config
  if (!resume) return beginRun(folder, { model, ...rest })
  const before = await readAutoencoderConfig(runPaths(folder).config)
  if (before.perceptual !== config.perceptual || before.perceptualHash !== config.perceptualHash)
    throw failureError(
      `${folder} was trained with other weights of the classifier '${before.perceptual}' than there are now: train it anew`,
    )
  requireSame(folder, before, config)
  await lengthened(folder, before, config.steps)
  return continueRun(folder)
}

export const autoencoderKeeper = (
  folder: string,
  { checkpointEvery }: AutoencoderConfig,
  resume: boolean,
): AutoencoderKeeper => ({
  facts: (facts) => writeModel(folder, facts),
  progress: (progress) => appendMetric(runPaths(folder).metrics, progress),
  checkpoints: checkpointsOf(folder, checkpointEvery, resume),
})

async function readText(path: string, expected: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(`cannot read ${path} (${readReasonOf(error)}), expected ${expected}`)
  })
}

/** @throws WhitewaterError (usage) for no YAML, or an entry that does not fit */
export async function readAutoencoderConfig(path: string): Promise<AutoencoderConfig> {
  const text = await readText(path, 'the configuration of `whitewater train --model vae`')
  return checkedAutoencoderConfig(parseYaml(text, path), path)
}

/**
 * @throws WhitewaterError: usage for a folder that holds no autoencoder, or one that is not trained to its end; failure for a damaged file
 */
export async function readFacts(folder: string): Promise<AutoencoderFacts> {
  const { model } = runPaths(folder)
  const expected = 'a folder made by `whitewater train DATA --model vae`'
  if (!(await exists(folder))) throw usageError(`${folder} does not exist, expected ${expected}`)
  if (!(await holdsAutoencoder(folder)))
    throw usageError(`${folder} holds no autoencoder, expected ${expected}`)
  if (!(await exists(model)))
    throw usageError(
      `${folder} is not trained to its end: go on with \`whitewater train --resume ${folder}\` first`,
    )
  const text = await readText(model, expected)
  try {
    return factsSchema.parse(JSON.parse(text))
  } catch (error) {
    throw failureError(
      `${model} is damaged: expected what a trained autoencoder says of itself; train again`,
      error,
    )
  }
}
