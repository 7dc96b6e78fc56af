// The run of an autoencoder on disk: config.yaml, model.json once it is trained, metrics.jsonl, machines.jsonl, checkpoints/.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { checkedConfig } from '../kinds/checked-config.ts'
import { makeFolder, readReasonOf, reasonOf, writeFileAtomic } from '../data/write.ts'
import { failureError, usageError } from '../errors.ts'
import { autoencoderConfig, type AutoencoderConfig } from '../autoencoder/settings.ts'

export const autoencoderPaths = (folder: string) => ({
  config: join(folder, 'config.yaml'),
  model: join(folder, 'model.json'),
  metrics: join(folder, 'metrics.jsonl'),
  machines: join(folder, 'machines.jsonl'),
  checkpoints: join(folder, 'checkpoints'),
})

const extents = z.array(z.int())

/** What encoding and decoding need to know beside the weights, and what was measured. */
const factsSchema = z.object({
  model: z.literal('vae'),
  /** Of the averaged weights and the normalisation. */
  hash: z.string(),
  image: extents,
  latent: extents,
  network: z.object({
    latentChannels: z.int(),
    width: z.int(),
    blocks: z.int(),
    groups: z.int(),
    halvings: z.int(),
  }),
  parameters: z.int(),
  /** Training steps, and samples that they drew from. */
  step: z.int(),
  trainedOn: z.int(),
  normalisation: z.object({ mean: z.array(z.number()), deviation: z.array(z.number()) }),
  perceptual: z.object({ name: z.string(), hash: z.string() }).optional(),
  reconstruction: z.object({
    samples: z.int(),
    split: z.enum(['train', 'test']),
    mse: z.number(),
    psnr: z.number(),
    kl: z.number(),
  }),
})

export type AutoencoderFacts = z.infer<typeof factsSchema>

const hint = 'see docs/latents.md for every entry'

export const checkedAutoencoderConfig = (value: unknown, where: string): AutoencoderConfig =>
  checkedConfig(autoencoderConfig, value, where, hint)

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** The YAML of a file, or undefined where it is none. */
async function yamlOf(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => '')
  try {
    const value: unknown = parse(text)
    return value
  } catch {
    return undefined
  }
}

/** Whether a configuration is that of an autoencoder. */
export async function configuresAutoencoder(path: string): Promise<boolean> {
  const value = await yamlOf(path)
  return typeof value === 'object' && value !== null && 'model' in value
}

/** Whether a run folder holds an autoencoder, trained or on its way. */
export const holdsAutoencoder = (folder: string): Promise<boolean> =>
  configuresAutoencoder(autoencoderPaths(folder).config)

export async function createAutoencoderRun(folder: string, config: AutoencoderConfig): Promise<void> {
  await makeFolder(folder)
  const { config: path } = autoencoderPaths(folder)
  if (await exists(path))
    throw usageError(
      `${folder} already holds a run: continue it with --resume ${folder}, or choose another folder with --out`,
    )
  await writeFileAtomic(path, stringify(config))
}

async function readText(path: string, expected: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(`cannot read ${path} (${readReasonOf(error)}), expected ${expected}`)
  })
}

/** @throws WhitewaterError (usage) for no YAML, or an entry that does not fit */
export async function readAutoencoderConfig(path: string): Promise<AutoencoderConfig> {
  const text = await readText(path, 'the configuration of `whitewater train --model vae`')
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw usageError(`${path} is no valid YAML: ${reasonOf(error).split('\n')[0]}; repair that line`)
  }
  return checkedAutoencoderConfig(value, path)
}

export const writeFacts = (folder: string, facts: AutoencoderFacts): Promise<void> =>
  writeFileAtomic(autoencoderPaths(folder).model, JSON.stringify(facts, null, 2) + '\n')

/**
 * @throws WhitewaterError: usage for a folder that holds no autoencoder, or one that is not trained to its end; failure for a damaged file
 */
export async function readFacts(folder: string): Promise<AutoencoderFacts> {
  const { model } = autoencoderPaths(folder)
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
