// Trains an autoencoder of images, then measures its latents' scale and how well it gives images back.
import { float32Of, randomStream, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { firstSamples } from '../data/subset.ts'
import { checkedConfig } from '../kinds/checked-config.ts'
import type { Perceptual } from '../nn/perceptual.ts'
import { planOf, type VaePlan } from '../nn/vae/plan.ts'
import type { Checkpoints } from '../training/checkpoint.ts'
import {
  trainLoop,
  type FillBatch,
  type Progress,
  type Trained,
  type TrainingOptions,
} from '../training/loop.ts'
import { adamw } from '../training/optimizer.ts'
import { fillRows, rowOrder } from '../training/rows.ts'
import { Autoencoder } from './autoencoder.ts'
import type { AutoencoderFacts } from './facts.ts'
import { autoencoderObjective } from './loss.ts'
import { measuredNormalisation, reconstructionOf, type Reconstruction } from './measure.ts'
import { autoencoderSettings, type AutoencoderSettings, type AutoencoderSettingsInput } from './settings.ts'

/** Who is told of training, and may stop it. */
export interface AutoencoderHooks {
  readonly onProgress?: (progress: Progress) => void
  /** Told how many images have been measured after training. */
  readonly onMeasure?: (done: number, count: number) => void
  readonly signal?: AbortSignal
}

/** What is trained on, and beside what. */
export interface AutoencoderMaterial {
  /** Images [n, channels, height, width] in [-1, 1]; labels are not used. */
  readonly data: Dataset
  /** Images that training does not see, to measure reconstruction on; the training images unless given. */
  readonly heldOut?: Dataset
  /** Feature maps in which images are compared beside their pixels. */
  readonly perceptual?: Perceptual
}

/** What training keeps on its way, so that it can go on later; `runs/` keeps it in a folder. */
export interface AutoencoderKeeper {
  facts(facts: AutoencoderFacts): Promise<void>
  progress(progress: Progress): Promise<void>
  readonly checkpoints?: Checkpoints
}

/** Keeps nothing. */
export const inMemory: AutoencoderKeeper = {
  facts: () => Promise.resolve(),
  progress: () => Promise.resolve(),
}

export interface AutoencoderTraining {
  readonly engine: CompileOptions
  readonly hooks: AutoencoderHooks
  readonly keeper: AutoencoderKeeper
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

/** Every entry with its default. @throws WhitewaterError (usage) for an entry that does not fit */
export const checkedSettings = (given: AutoencoderSettingsInput): AutoencoderSettings =>
  checkedConfig(autoencoderSettings, given, 'trainAutoencoder', 'see docs/latents.md for every entry')

function batchFiller(data: Dataset, { batch, seed }: AutoencoderSettings): FillBatch {
  const order = rowOrder(data.samples.shape[0], batch, randomStream(seed).split('rows'))
  return ({ x, noise }, step, stream) => {
    fillRows({ x }, data, (index) => order(step, index))
    stream.normal(float32Of(noise))
  }
}

function loopOptions(
  settings: AutoencoderSettings,
  { engine, hooks, keeper }: AutoencoderTraining,
): TrainingOptions {
  const { weightDecay, clip, averageDecay, steps, seed, schedule, learningRate, warmup } = settings
  return {
    engine,
    optimizer: adamw({ weightDecay }),
    clip,
    averageDecay,
    steps,
    seed,
    signal: hooks.signal,
    schedule: { kind: schedule, learningRate, warmup: Math.min(warmup, steps) },
    checkpoints: keeper.checkpoints,
    async onProgress(progress) {
      await keeper.progress(progress)
      hooks.onProgress?.(progress)
    },
  }
}

/** The autoencoder that training came to, measured. */
async function finished(
  { data, heldOut, perceptual }: AutoencoderMaterial,
  plan: VaePlan,
  { parameters, average, step }: Trained,
  { engine, hooks, keeper }: AutoencoderTraining,
): Promise<TrainedAutoencoder> {
  const weights = { plan, parameters, weights: average }
  const measuring = { engine, signal: hooks.signal, onProgress: hooks.onMeasure }
  const normalisation = await measuredNormalisation(weights, data.samples, measuring)
  const parts = { ...weights, normalisation }
  const shown = firstSamples((heldOut ?? data).samples, MOST_MEASURED)
  const reconstruction = await reconstructionOf(parts, shown, heldOut ? 'test' : 'train', measuring)
  const autoencoder = new Autoencoder(parts, engine)
  const { image, latent, latentChannels, width, blocks, groups, levels } = plan
  await keeper.facts({
    model: 'vae',
    hash: autoencoder.hash,
    image,
    latent,
    network: { latentChannels, width, blocks, groups, halvings: levels.length },
    parameters: autoencoder.parameters,
    step,
    trainedOn: data.samples.shape[0],
    normalisation: { mean: normalisation.mean, deviation: normalisation.deviation },
    ...(perceptual && { perceptual: { name: perceptual.name, hash: perceptual.hash } }),
    reconstruction,
  })
  return { stopped: false, step, autoencoder, reconstruction }
}

/**
 * @throws WhitewaterError: usage for data that are no images, or settings that do not hold; failure when the loss is no longer finite
 */
export async function trainWith(
  material: AutoencoderMaterial,
  settings: AutoencoderSettings,
  training: AutoencoderTraining,
): Promise<TrainedAutoencoder> {
  const { data, perceptual } = material
  const plan = planOf(data.samples.shape.slice(1), settings)
  const trained = await trainLoop(
    autoencoderObjective(plan, settings, perceptual),
    batchFiller(data, settings),
    loopOptions(settings, training),
  )
  const stopped: TrainedAutoencoder = { stopped: true, step: trained.step, autoencoder: undefined }
  if (trained.stopped) return stopped
  return finished(material, plan, trained, training).catch((error: unknown) => {
    if (training.hooks.signal?.aborted) return stopped
    throw error
  })
}
