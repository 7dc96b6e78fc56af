// The run of a generator on disk, in standard formats only: the files of every run, preconditioner/, residual/ where there is one,
// samples/.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { readReasonOf } from '../data/write.ts'
import { failureError, usageError } from '../errors.ts'
import { configSchema, type RunConfig } from '../generator/config.ts'
import type { Keeper, ModelFacts } from '../generator/keeper.ts'
import { checkedConfig } from '../kinds/checked-config.ts'
import type { CompileOptions } from '@whitewater/tensor'
import { holdsPreconditioner, loadPreconditioner, savePreconditioner } from '../precondition/folder.ts'
import { holdsResidual, loadResidual, saveResidual } from '../precondition/residual/folder.ts'
import { appendMetric } from '../training/metrics-log.ts'
import {
  beginRun,
  checkpointsOf,
  continueRun,
  discardRun,
  holdsAutoencoder,
  parseYaml,
  runPaths,
  writeModel,
} from './files.ts'

export const generatorPaths = (folder: string) => ({
  ...runPaths(folder),
  preconditioner: join(folder, 'preconditioner'),
  residual: join(folder, 'residual'),
  samples: join(folder, 'samples'),
})

const fieldOptions = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.boolean(), z.array(z.number()).readonly()]),
)

const modelSchema: z.ZodType<ModelFacts> = z.object({
  field: z.object({ kind: z.string(), options: fieldOptions }),
  features: z.array(z.int()),
  labelCounts: z.array(z.int()).optional(),
  components: z.int().optional(),
  parameters: z.int(),
})

/** Opens the folder of a new run, or of one that goes on. */
export const openGeneratorRun = (folder: string, config: RunConfig, resume: boolean): Promise<void> =>
  resume ? continueRun(folder) : beginRun(folder, config)

/** Removes a run that never came to its first step. */
export function discardGeneratorRun(folder: string): Promise<void> {
  const { preconditioner, residual } = generatorPaths(folder)
  return discardRun(folder, [preconditioner, residual])
}

/** Keeps a run in its folder; a run that goes on takes from it what was kept before. */
export function folderKeeper(
  folder: string,
  { checkpointEvery }: RunConfig,
  resume: boolean,
  engine: CompileOptions,
): Keeper {
  const { preconditioner, residual, metrics } = generatorPaths(folder)
  return {
    async preconditioner(fit) {
      if (resume && (await holdsPreconditioner(preconditioner)))
        return loadPreconditioner(preconditioner, engine)
      const fitted = await fit()
      await savePreconditioner(preconditioner, fitted)
      return fitted
    },
    async residual(fit) {
      if (resume && (await holdsResidual(residual))) return loadResidual(residual)
      const fitted = await fit()
      await saveResidual(residual, fitted)
      return fitted
    },
    facts: (facts) => writeModel(folder, facts),
    progress: (progress) => appendMetric(metrics, progress),
    checkpoints: checkpointsOf(folder, checkpointEvery, resume),
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(
      `${dirname(path)} is no run (${readReasonOf(error)}: ${path}), expected a folder made by \`whitewater train\``,
    )
  })
}

/** @throws WhitewaterError (usage) for the run of an autoencoder, whose files have the same names */
async function refuseAutoencoder(folder: string): Promise<void> {
  if (await holdsAutoencoder(folder))
    throw usageError(
      `${folder} holds an autoencoder, expected a generator: train one on its latents, see \`whitewater encode --help\``,
    )
}

export async function readConfig(folder: string): Promise<RunConfig> {
  const path = generatorPaths(folder).config
  await refuseAutoencoder(folder)
  return parseConfig(await readText(path), path)
}

/** @throws WhitewaterError (usage) for text that is no YAML, or a configuration with an entry that does not fit */
export const parseConfig = (text: string, path: string): RunConfig =>
  checkedConfig(configSchema, parseYaml(text, path), path)

export async function readModelFacts(folder: string): Promise<ModelFacts> {
  const path = generatorPaths(folder).model
  await refuseAutoencoder(folder)
  const text = await readText(path)
  try {
    return modelSchema.parse(JSON.parse(text))
  } catch (error) {
    throw failureError(`${path} is damaged: expected field, features and parameters; train again`, error)
  }
}
