// A run on disk, in standard formats only: config.yaml, model.json, metrics.jsonl, machines.jsonl, checkpoints/, preconditioner/,
// residual/ where there is one, samples/.
import { readFile, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { holdsAutoencoder } from './autoencoder-folder.ts'
import { makeFolder, readReasonOf, reasonOf, writeFileAtomic } from '../data/write.ts'
import { failureError, usageError } from '../errors.ts'
import { newestStep } from '../training/checkpoint.ts'
import { checkedConfig } from '../kinds/checked-config.ts'
import { configSchema, type RunConfig } from '../generator/config.ts'

export const paths = (folder: string) => ({
  config: join(folder, 'config.yaml'),
  model: join(folder, 'model.json'),
  metrics: join(folder, 'metrics.jsonl'),
  machines: join(folder, 'machines.jsonl'),
  checkpoints: join(folder, 'checkpoints'),
  preconditioner: join(folder, 'preconditioner'),
  residual: join(folder, 'residual'),
  samples: join(folder, 'samples'),
  report: join(folder, 'report.html'),
})

const fieldOptions = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.boolean(), z.array(z.number()).readonly()]),
)

/** What sampling needs to know beside the weights. */
const modelSchema = z.object({
  field: z.object({ kind: z.string(), options: fieldOptions }),
  /** Shape of one sample. */
  features: z.array(z.int()),
  /** Number of training samples of each label that the field knows: classes, or components of classes; absent without. */
  labelCounts: z.array(z.int()).optional(),
  /** Components of each class, where the preconditioner sorts samples into such. */
  components: z.int().optional(),
  parameters: z.int(),
})

export type ModelFacts = z.infer<typeof modelSchema>

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(
      `${dirname(path)} is no run (${readReasonOf(error)}: ${path}), expected a folder made by \`whitewater train\``,
    )
  })
}

export async function createRun(folder: string, config: RunConfig): Promise<void> {
  await makeFolder(folder)
  const taken = await stat(paths(folder).config).then(
    () => true,
    () => false,
  )
  if (taken) {
    throw usageError(
      `${folder} already holds a run: continue it with --resume ${folder}, or choose another folder with --out`,
    )
  }
  await writeFileAtomic(paths(folder).config, stringify(config))
}

/** Removes what a run that never came to its first step has written, and the folder where that leaves it empty. */
export async function discardRun(folder: string): Promise<void> {
  const { config, model, machines, preconditioner, residual } = paths(folder)
  for (const path of [config, model, machines, preconditioner, residual])
    await rm(path, { recursive: true, force: true })
  await rmdir(folder).catch(() => undefined)
}

export const writeModelFacts = (folder: string, facts: ModelFacts): Promise<void> =>
  writeFileAtomic(paths(folder).model, JSON.stringify(facts, null, 2) + '\n')

/** @throws WhitewaterError (usage) for the run of an autoencoder, whose files have the same names */
async function refuseAutoencoder(folder: string): Promise<void> {
  if (await holdsAutoencoder(folder))
    throw usageError(
      `${folder} holds an autoencoder, expected a generator: train one on its latents, see \`whitewater encode --help\``,
    )
}

export async function readConfig(folder: string): Promise<RunConfig> {
  const path = paths(folder).config
  await refuseAutoencoder(folder)
  return parseConfig(await readText(path), path)
}

/** @throws WhitewaterError for text that is no YAML, or a configuration with an entry that does not fit */
export function parseConfig(text: string, path: string): RunConfig {
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw usageError(
      `${path} is no valid YAML: ${reasonOf(error).split('\n')[0].replace(/:$/, '')}; repair that line`,
    )
  }
  return checkedConfig(configSchema, value, path)
}

export async function readModelFacts(folder: string): Promise<ModelFacts> {
  const path = paths(folder).model
  await refuseAutoencoder(folder)
  const text = await readText(path)
  try {
    return modelSchema.parse(JSON.parse(text))
  } catch (error) {
    throw failureError(`${path} is damaged: expected field, features and parameters; train again`, error)
  }
}

/** Step of the newest checkpoint; 0 without one. */
export const stepReached = (folder: string): Promise<number> => newestStep(paths(folder).checkpoints)
