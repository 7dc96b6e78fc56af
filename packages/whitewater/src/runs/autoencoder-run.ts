// Autoencoders from a configuration: start one in a folder, or continue one that was stopped.
import type { CompileOptions } from '@whitewater/tensor'
import { stringify } from 'yaml'
import { autoencoderPaths, readAutoencoderConfig } from './autoencoder-folder.ts'
import type { AutoencoderConfig } from '../autoencoder/settings.ts'
import {
  trainAutoencoder,
  type AutoencoderOptions,
  type TrainedAutoencoder,
} from '../autoencoder/train.ts'
import type { Dataset } from '../data/dataset.ts'
import { absoluteSource, loadSource } from '../data/source.ts'
import { writeFileAtomic } from '../data/write.ts'
import { usageError } from '../errors.ts'
import { freeFolder } from './run.ts'
import { MOST_SAMPLES, referenceOf } from './evaluate.ts'
import { perceptual } from '../metrics/features/registry.ts'
import { planOf } from '../nn/vae/plan.ts'

export interface AutoencoderRunOptions
  extends CompileOptions, Pick<AutoencoderOptions, 'onProgress' | 'onMeasure' | 'signal'> {
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
async function classifierOf(config: AutoencoderConfig, options: AutoencoderRunOptions) {
  if (config.perceptual === 'none') return undefined
  const { device, threads, strict, load, signal, onClassifier: onProgress } = options
  const source = config.data.source === config.perceptual ? config.data : undefined
  return perceptual(config.perceptual, { device, threads, strict, load, signal, onProgress, source })
}

/** Images that training does not see, no more than it sees; undefined where the source has none. */
async function heldOutOf(config: AutoencoderConfig, data: Dataset): Promise<Dataset | undefined> {
  const count = Math.min(MOST_SAMPLES, data.samples.shape[0])
  const found = await referenceOf(config, count, config.seed)
  return found.reference === 'training data' ? undefined : found.data
}

async function begin(
  folder: string,
  config: AutoencoderConfig,
  options: AutoencoderRunOptions & { readonly resume: boolean },
): Promise<AutoencoderRun> {
  const data = await loadSource(config.data)
  // Refused before a classifier is trained for nothing.
  planOf(data.samples.shape.slice(1), config)
  const heldOut = await heldOutOf(config, data)
  const classifier = await classifierOf(config, options)
  options.onStart?.(folder)
  const trained = await trainAutoencoder({
    ...options,
    ...config,
    data,
    heldOut,
    folder,
    source: config.data,
    perceptual: classifier,
  })
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
  return begin(chosen, { ...config, data }, { ...options, resume: false })
}

/** Continues from the newest checkpoint to the steps of the run's configuration, or to more. */
export async function resumeAutoencoder(
  folder: string,
  { steps, ...options }: AutoencoderRunOptions & { readonly steps?: number },
): Promise<AutoencoderRun> {
  const path = autoencoderPaths(folder).config
  const config = await readAutoencoderConfig(path)
  if (steps !== undefined && steps < config.steps)
    throw usageError(`${folder} is a run of ${config.steps} steps, got ${steps}: give as many or more`)
  const longer = { ...config, steps: steps ?? config.steps }
  if (longer.steps !== config.steps) await writeFileAtomic(path, stringify(longer))
  return begin(folder, longer, { ...options, resume: true })
}
