// Runs of autoencoders: start one from a configuration or from code, or continue one that was stopped.
import type { CompileOptions } from '@whitewater/tensor'
import {
  checkedSettings,
  inMemory,
  trainWith,
  type AutoencoderHooks,
  type AutoencoderMaterial,
  type TrainedAutoencoder,
} from '../autoencoder/train.ts'
import type { AutoencoderConfig, AutoencoderSettingsInput } from '../autoencoder/settings.ts'
import type { Dataset } from '../data/dataset.ts'
import { absoluteSource } from '../data/absolute-source.ts'
import { loadSource, type Source } from '../data/source.ts'
import { perceptual } from '../metrics/features/registry.ts'
import type { Perceptual } from '../nn/perceptual.ts'
import { planOf } from '../nn/vae/plan.ts'
import { autoencoderKeeper, openAutoencoderRun, readAutoencoderConfig } from './autoencoder-folder.ts'
import { MOST_SAMPLES, referenceOf } from './evaluate.ts'
import { discardRun, hasBegun, lengthened, noteLife, runPaths } from './files.ts'
import { freeFolder } from './run.ts'

export interface AutoencoderOptions extends AutoencoderSettingsInput, AutoencoderMaterial {
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  readonly hooks?: AutoencoderHooks
  /** Where the run is kept; in memory only unless given. */
  readonly folder?: string
  /** How the data can be had again, for the run's configuration. */
  readonly source?: Source
  /** Continue the run that `folder` holds. */
  readonly resume?: boolean
}

/** How a configuration names the classifier that compares images. */
const named = (classifier: Perceptual | undefined) =>
  classifier
    ? { perceptual: classifier.name, perceptualHash: classifier.hash }
    : { perceptual: 'none', perceptualHash: undefined }

/**
 * Trains an autoencoder of images.
 * @throws WhitewaterError: usage for data that are no images, settings that do not hold, or a folder that holds a run already; failure
 *   when the loss is no longer finite
 */
export async function trainAutoencoder({
  data,
  heldOut,
  perceptual: classifier,
  engine = {},
  hooks = {},
  folder,
  source,
  resume = false,
  ...given
}: AutoencoderOptions): Promise<TrainedAutoencoder> {
  const settings = checkedSettings(given)
  const material = { data, heldOut, perceptual: classifier }
  if (folder === undefined) return trainWith(material, settings, { engine, hooks, keeper: inMemory })
  const config: AutoencoderConfig = {
    model: 'vae',
    ...settings,
    ...named(classifier),
    data: source ?? { source: data.name },
  }
  return trainInFolder(material, config, { folder, resume, engine, hooks })
}

interface Place {
  readonly folder: string
  readonly resume: boolean
  readonly engine: CompileOptions
  readonly hooks: AutoencoderHooks
}

async function trainInFolder(
  material: AutoencoderMaterial,
  config: AutoencoderConfig,
  { folder, resume, engine, hooks }: Place,
): Promise<TrainedAutoencoder> {
  // Refused before anything is written.
  planOf(material.data.samples.shape.slice(1), config)
  await openAutoencoderRun(folder, config, resume)
  try {
    await noteLife(folder, config.steps)
    const keeper = autoencoderKeeper(folder, config, resume)
    return await trainWith(material, config, { engine, hooks, keeper })
  } catch (error) {
    if (!resume && !(await hasBegun(folder))) await discardRun(folder)
    throw error
  }
}

export interface AutoencoderRunOptions {
  readonly engine?: CompileOptions
  readonly hooks?: AutoencoderHooks
  /** Told the run's folder when data and classifier turned out well. */
  readonly onStart?: (folder: string) => void
  /** Told how far a classifier that is trained first has come. */
  readonly onClassifier?: (done: number, total: number) => void
}

export type AutoencoderRun = TrainedAutoencoder & {
  readonly folder: string
  readonly config: AutoencoderConfig
  readonly data: Dataset
}

/** The classifier that compares images, trained on the same source where that is its own. */
async function classifierOf(
  config: AutoencoderConfig,
  { engine, hooks, onClassifier }: AutoencoderRunOptions,
): Promise<Perceptual | undefined> {
  if (config.perceptual === 'none') return undefined
  const source = config.data.source === config.perceptual ? config.data : undefined
  return perceptual(config.perceptual, {
    engine,
    signal: hooks?.signal,
    onProgress: onClassifier,
    source,
  })
}

/** Images that training does not see, no more than it sees; undefined where the source has none. */
async function heldOutOf(config: AutoencoderConfig, data: Dataset): Promise<Dataset | undefined> {
  const count = Math.min(MOST_SAMPLES, data.samples.shape[0])
  const found = await referenceOf(config, count, config.seed)
  return found.reference === 'training data' ? undefined : found.data
}

async function begin(
  folder: string,
  given: AutoencoderConfig,
  resume: boolean,
  options: AutoencoderRunOptions,
): Promise<AutoencoderRun> {
  const data = await loadSource(given.data)
  // Refused before a classifier is trained for nothing.
  planOf(data.samples.shape.slice(1), given)
  const heldOut = await heldOutOf(given, data)
  const classifier = await classifierOf(given, options)
  options.onStart?.(folder)
  const config = { ...given, ...named(classifier) }
  const { engine = {}, hooks = {} } = options
  const material = { data, heldOut, perceptual: classifier }
  const trained = await trainInFolder(material, config, { folder, resume, engine, hooks })
  return { ...trained, folder, config, data }
}

/**
 * @param folder `runs/<dataset>-vae` unless given
 * @throws WhitewaterError when the folder holds a run already, or data, settings or classifier will not do
 */
export async function startAutoencoder(
  config: AutoencoderConfig,
  folder: string | undefined,
  options: AutoencoderRunOptions,
): Promise<AutoencoderRun> {
  const data = await absoluteSource(config.data)
  const chosen = folder ?? (await freeFolder(data.source, 'vae'))
  return begin(chosen, { ...config, data }, false, options)
}

/** Continues from the newest checkpoint to the steps of the run's configuration, or to more. */
export async function resumeAutoencoder(
  folder: string,
  { steps, ...options }: AutoencoderRunOptions & { readonly steps?: number },
): Promise<AutoencoderRun> {
  const config = await lengthened(folder, await readAutoencoderConfig(runPaths(folder).config), steps)
  return begin(folder, config, true, options)
}
