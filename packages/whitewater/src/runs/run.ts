// Runs of generators in folders: start one from a configuration or from code, or continue one that was stopped.
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { sameShape, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { absoluteSource } from '../data/absolute-source.ts'
import { loadSource } from '../data/source.ts'
import { failureError, usageError } from '../errors.ts'
import { networkNamed } from '../nn/networks/registry.ts'
import type { RunConfig } from '../generator/config.ts'
import type { Generator } from '../generator/generator.ts'
import { classesAmong } from '../generator/labels.ts'
import { planFor, planOf, settledFor, type TrainingPlan } from '../generator/plan.ts'
import { prepare } from '../generator/prepare.ts'
import {
  trainInMemory,
  trainPrepared,
  type TrainHooks,
  type TrainOptions as MemoryOptions,
  type TrainResult,
} from '../generator/train.ts'
import { exists, hasBegun, lengthened, noteLife, requireSame } from './files.ts'
import {
  discardGeneratorRun,
  folderKeeper,
  generatorPaths,
  openGeneratorRun,
  readConfig,
  readModelFacts,
} from './generator-folder.ts'

/** A run's folder, and what it does there. */
interface Place {
  readonly folder: string
  readonly config: RunConfig
  readonly resume: boolean
  readonly engine: CompileOptions
  readonly hooks: TrainHooks
}

/** Fits, maps and trains as the plan says; a new run that fails before its first step leaves nothing behind. */
async function trainInFolder(plan: TrainingPlan, data: Dataset, place: Place): Promise<TrainResult> {
  const { folder, config, resume, engine, hooks } = place
  await openGeneratorRun(folder, config, resume)
  const training = { engine, hooks, keeper: folderKeeper(folder, config, resume, engine) }
  try {
    const prepared = await prepare(plan, data, training)
    await noteLife(folder, plan.steps)
    return await trainPrepared(plan, prepared, training)
  } catch (error) {
    if (!resume && !(await hasBegun(folder))) await discardGeneratorRun(folder)
    throw error
  }
}

const configOf = (plan: TrainingPlan, source: RunConfig['data'], data: Dataset): RunConfig => ({
  data: source,
  ...settledFor(plan, data.samples.shape.slice(1)),
})

export interface TrainOptions extends MemoryOptions {
  /** Where the run is kept; in memory only unless given. */
  readonly folder?: string
  /** How the data can be had again, for the run's configuration. */
  readonly source?: RunConfig['data']
  /** Continue the run that `folder` holds. */
  readonly resume?: boolean
}

/**
 * As `train`, telling also where training stopped.
 * @throws WhitewaterError (usage) for settings that do not hold, or a folder that holds a run already; failure when the loss is no longer
 *   finite
 */
export async function trainRun({
  folder,
  source,
  resume = false,
  ...options
}: TrainOptions): Promise<TrainResult> {
  if (folder === undefined) {
    if (resume) throw usageError('resume goes on with the run of a folder: give folder, too')
    return trainInMemory(options)
  }
  const { data, engine = {}, hooks = {}, preconditioner, residual, field, ...settings } = options
  const plan = planFor(settings, { preconditioner, residual, field })
  const config = configOf(plan, source ?? { source: data.name }, data)
  // A run is read back by names: a network of one's own could be trained, and never loaded.
  if (config.field) networkNamed(config.field)
  if (resume) await checkSameRun(folder, config, data)
  return trainInFolder(plan, data, { folder, config, resume, engine, hooks })
}

/**
 * A run goes on as what it was begun as; its steps may grow.
 * @throws WhitewaterError (usage) for a folder without a run of a generator, for settings that differ, or fewer steps
 */
async function checkSameRun(folder: string, config: RunConfig, data: Dataset): Promise<void> {
  const kept = await readConfig(folder)
  requireSame(folder, kept, config)
  await checkShape(folder, data)
  await lengthened(folder, kept, config.steps)
}

/**
 * Trains a preconditioned flow-matching generator (Algorithm 1).
 *
 * ```ts
 * const generator = await train({ data: await dataset('latents.npy'), preconditioner: zca(), steps: 10_000 })
 * ```
 * @throws WhitewaterError as `trainRun`
 */
export const train = async (options: TrainOptions): Promise<Generator> => (await trainRun(options)).generator

export interface RunOptions {
  readonly engine?: CompileOptions
  readonly hooks?: TrainHooks
  /** Told the run's folder when names and data turned out well. */
  readonly onStart?: (folder: string) => void
}

export interface Run extends TrainResult {
  readonly folder: string
  readonly config: RunConfig
  readonly data: Dataset
}

/** `runs/<dataset>-<kind>`, with a number behind it when that is taken. */
export async function freeFolder(source: string, kind: string): Promise<string> {
  const name = basename(source)
    .replace(/(\.gz)?$/, '')
    .replace(/\.[^.]+$/, '')
  const wanted = join('runs', `${name}-${kind}`)
  for (let serial = 1; ; serial++) {
    const folder = serial === 1 ? wanted : `${wanted}-${serial}`
    if ((await stat(folder).catch(() => undefined)) === undefined) return folder
  }
}

/**
 * Trains as a configuration says, into a run folder.
 * @throws WhitewaterError when the folder holds a run already, or the data, the names or the folder will not do
 */
export async function startRun(
  given: RunConfig,
  folder: string,
  { engine = {}, hooks = {}, onStart }: RunOptions = {},
): Promise<Run> {
  const plan = planOf(given)
  const source = await absoluteSource(given.data)
  const data = await loadSource(source)
  onStart?.(folder)
  const config = configOf(plan, source, data)
  const result = await trainInFolder(plan, data, { folder, config, resume: false, engine, hooks })
  return { ...result, folder, config, data }
}

/**
 * Continues a run from its newest checkpoint to the steps of its configuration, or to more.
 * @throws WhitewaterError when there is nothing to continue, or the data no longer has the shape that the run was made with
 */
export async function resumeRun(
  folder: string,
  { steps, engine = {}, hooks = {} }: RunOptions & { readonly steps?: number } = {},
): Promise<Run> {
  const kept = await readConfig(folder)
  const data = await loadSource(kept.data)
  await checkShape(folder, data)
  const config = await lengthened(folder, kept, steps)
  const result = await trainInFolder(planOf(config), data, { folder, config, resume: true, engine, hooks })
  return { ...result, folder, config, data }
}

async function checkShape(folder: string, { name, samples, classes }: Dataset): Promise<void> {
  if (!(await exists(generatorPaths(folder).model))) return
  const { features, labelCounts, components } = await readModelFacts(folder)
  const given = samples.shape.slice(1)
  const trained = classesAmong(labelCounts, components)
  if (sameShape(given, features) && classes === trained) return
  const shown = (shape: readonly number[], k: number | undefined) =>
    `[${shape.join(', ')}]${k === undefined ? ' without labels' : ` in ${k} classes`}`
  throw failureError(
    `${folder} was trained on samples of shape ${shown(features, trained)}, ${name} now has ${shown(given, classes)}: restore the data, or start a new run`,
  )
}
