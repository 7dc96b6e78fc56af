// Trains an autoencoder of images, then measures its latents' scale and how well it gives images back.
import { float32Of, randomStream, type CompileOptions } from '@whitewater/tensor'
import { checkedConfig } from '../kinds/checked-config.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Source } from '../data/source.ts'
import { firstSamples } from '../data/subset.ts'
import { failureError } from '../errors.ts'
import type { Perceptual } from '../nn/perceptual.ts'
import { planOf, type VaePlan } from '../nn/vae/plan.ts'
import { newestStep } from '../training/checkpoint.ts'
import {
  trainLoop,
  type FillBatch,
  type Progress,
  type Trained,
  type TrainingOptions,
} from '../training/loop.ts'
import { noteMachine } from '../training/machines-log.ts'
import { appendMetric, truncateMetrics } from '../training/metrics-log.ts'
import { adamw } from '../training/optimizer.ts'
import { fillRows, rowOrder } from '../training/rows.ts'
import { Autoencoder } from './autoencoder.ts'
import { autoencoderObjective } from './loss.ts'
import { measuredNormalisation, reconstructionOf, type Reconstruction } from './measure.ts'
import {
  autoencoderPaths,
  createAutoencoderRun,
  readAutoencoderConfig,
  writeFacts,
} from '../runs/autoencoder-folder.ts'
import { autoencoderSettings, type AutoencoderSettings, type AutoencoderSettingsInput } from './settings.ts'

export interface AutoencoderOptions extends AutoencoderSettingsInput, CompileOptions {
  /** Images [n, channels, height, width] in [-1, 1]; labels are not used. */
  readonly data: Dataset
  /** Images that training does not see, to measure reconstruction on; the training images unless given. */
  readonly heldOut?: Dataset
  /** Feature maps in which images are compared beside their pixels. */
  readonly perceptual?: Perceptual
  /** Where the run is kept; in memory only unless given. */
  readonly folder?: string
  /** How the data can be had again, for the run's configuration. */
  readonly source?: Source
  /** Continue the run that `folder` holds. */
  readonly resume?: boolean
  readonly onProgress?: (progress: Progress) => void
  /** Told how many images have been measured after training. */
  readonly onMeasure?: (done: number, count: number) => void
  readonly signal?: AbortSignal
}

/** A trained autoencoder; none where a signal stopped training, whose checkpoint resumes. */
export type TrainedAutoencoder =
  | { readonly stopped: true; readonly step: number; readonly autoencoder: undefined }
  | {
      readonly stopped: false
      readonly step: number
      readonly autoencoder: Autoencoder
      readonly reconstruction: Reconstruction
    }

/** Images measured for the reconstruction error at most. */
const MOST_MEASURED = 10_000

function settingsOf(options: AutoencoderOptions): AutoencoderSettings {
  const given = Object.fromEntries(
    Object.keys(autoencoderSettings.shape).flatMap((key) => {
      const value: unknown = Reflect.get(options, key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
  return checkedConfig(autoencoderSettings, given, 'trainAutoencoder', 'see docs/latents.md for every entry')
}

function batchFiller(data: Dataset, { batch, seed }: AutoencoderSettings): FillBatch {
  const order = rowOrder(data.samples.shape[0], batch, randomStream(seed).split('rows'))
  return ({ x, noise }, step, stream) => {
    fillRows({ x }, data, (index) => order(step, index))
    stream.normal(float32Of(noise))
  }
}

/** Makes the run's folder, or checks that the one to go on with was made with the same classifier. */
async function openFolder(
  { folder, resume, data, source, perceptual }: AutoencoderOptions,
  settings: AutoencoderSettings,
): Promise<void> {
  if (!folder) return
  const { config, checkpoints, metrics, machines } = autoencoderPaths(folder)
  const named = perceptual
    ? { perceptual: perceptual.name, perceptualHash: perceptual.hash }
    : { perceptual: 'none' }
  if (!resume) {
    await createAutoencoderRun(folder, {
      model: 'vae',
      ...settings,
      ...named,
      data: source ?? { source: data.name },
    })
    return noteMachine(machines, 0)
  }
  const before = await readAutoencoderConfig(config)
  if (before.perceptual !== named.perceptual || before.perceptualHash !== perceptual?.hash)
    throw failureError(
      `${folder} was trained with other weights of the classifier '${before.perceptual}' than there are now: train it anew`,
    )
  const reached = await newestStep(checkpoints)
  await truncateMetrics(metrics, reached)
  if (reached < settings.steps) await noteMachine(machines, reached)
}

function trainingOptions(
  { folder, resume, signal, onProgress }: AutoencoderOptions,
  settings: AutoencoderSettings,
  engine: CompileOptions,
): TrainingOptions {
  const { weightDecay, clip, averageDecay, steps, seed, checkpointEvery, schedule, learningRate, warmup } =
    settings
  return {
    ...engine,
    optimizer: adamw({ weightDecay }),
    clip,
    averageDecay,
    steps,
    seed,
    signal,
    schedule: { kind: schedule, learningRate, warmup: Math.min(warmup, steps) },
    ...(folder && {
      checkpoints: { folder: autoencoderPaths(folder).checkpoints, every: checkpointEvery, resume },
    }),
    async onProgress(progress) {
      if (folder) await appendMetric(autoencoderPaths(folder).metrics, progress)
      onProgress?.(progress)
    },
  }
}

/** The autoencoder that training came to, measured, and written down where the run has a folder. */
async function finished(
  options: AutoencoderOptions,
  plan: VaePlan,
  { parameters, average, step }: Trained,
  engine: CompileOptions,
): Promise<TrainedAutoencoder> {
  const { data, heldOut, folder, perceptual, signal, onMeasure } = options
  const weights = { plan, parameters, weights: average }
  const measuring = { ...engine, signal, onProgress: onMeasure }
  const normalisation = await measuredNormalisation(weights, data.samples, measuring)
  const parts = { ...weights, normalisation }
  const shown = firstSamples((heldOut ?? data).samples, MOST_MEASURED)
  const reconstruction = await reconstructionOf(parts, shown, heldOut ? 'test' : 'train', measuring)
  const autoencoder = new Autoencoder(parts, engine)
  const { image, latent, latentChannels, width, blocks, groups, levels } = plan
  if (folder)
    await writeFacts(folder, {
      model: 'vae',
      hash: autoencoder.hash,
      image: [...image],
      latent: [...latent],
      network: { latentChannels, width, blocks, groups, halvings: levels.length },
      parameters: autoencoder.parameters,
      step,
      trainedOn: data.samples.shape[0],
      normalisation: { mean: [...normalisation.mean], deviation: [...normalisation.deviation] },
      ...(perceptual && { perceptual: { name: perceptual.name, hash: perceptual.hash } }),
      reconstruction,
    })
  return { stopped: false, step, autoencoder, reconstruction }
}

/**
 * @throws WhitewaterError: usage for data that are no images, or settings that do not hold; failure when the loss is no longer finite
 */
export async function trainAutoencoder(options: AutoencoderOptions): Promise<TrainedAutoencoder> {
  const { device, threads, strict, load, data, signal } = options
  const engine: CompileOptions = { device, threads, strict, load }
  const settings = settingsOf(options)
  const plan = planOf(data.samples.shape.slice(1), settings)
  await openFolder(options, settings)
  const objective = autoencoderObjective(plan, settings, options.perceptual)
  const trained = await trainLoop(
    objective,
    batchFiller(data, settings),
    trainingOptions(options, settings, engine),
  )
  if (trained.stopped) return { stopped: true, step: trained.step, autoencoder: undefined }
  return finished(options, plan, trained, engine).catch((error: unknown) => {
    if (signal?.aborted) return { stopped: true, step: trained.step, autoencoder: undefined }
    throw error
  })
}
