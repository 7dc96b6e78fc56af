// Precondition, then match (Algorithm 1): fit P, transform the data, train a flow on it, return a generator.
import type { CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { checkedConfig } from '../kinds/checked-config.ts'
import { usageError } from '../errors.ts'
import { couplingNamed } from '../flow/coupling/registry.ts'
import type { Path } from '../flow/path.ts'
import { pathNamed } from '../flow/paths.ts'
import { predictionNamed, type Prediction } from '../flow/prediction.ts'
import { timeSamplingNamed } from '../flow/time.ts'
import { lossWeightNamed } from '../flow/weight.ts'
import type { FieldNetwork } from '../nn/network.ts'
import { networkOf } from '../nn/networks/registry.ts'
import type { FitLooks, FitProgress, Preconditioner } from '../precondition/preconditioner.ts'
import { preconditioner } from '../precondition/registry.ts'
import type { Residual } from '../precondition/residual/residual.ts'
import { trainLoop, type Progress, type TrainingOptions } from '../training/loop.ts'
import { appendMetric } from '../training/metrics-log.ts'
import { optimizers } from '../training/optimizer.ts'
import { batchFiller, objectiveOf } from './batches.ts'
import { settingsSchema, type RunConfig, type Settings, type SettingsInput } from './config.ts'
import { defaultField } from './field.ts'
import { Generator } from './generator.ts'
import { prepare } from './prepare.ts'
import { paths } from '../runs/generator-folder.ts'

export interface TrainOptions
  extends Omit<SettingsInput, 'field' | 'precondition' | 'residual'>, CompileOptions {
  readonly data: Dataset
  /** zca() unless given; identity() for none. */
  readonly preconditioner?: Preconditioner
  /** A known part of the velocity that the network is trained on top of; none unless given. */
  readonly residual?: Residual
  /** A network chosen by the size of a sample unless given. */
  readonly field?: FieldNetwork
  /** Where the run is kept; in memory only unless given. */
  readonly folder?: string
  /** How the data can be had again, for the run's configuration. */
  readonly source?: RunConfig['data']
  /** Continue the run that `folder` holds. */
  readonly resume?: boolean
  /** Training waits for what it returns. */
  readonly onProgress?: (progress: Progress) => void | Promise<void>
  /** Told how far a preconditioner that is trained has come. */
  readonly onFit?: (progress: FitProgress) => void
  /** Looks at a preconditioner while it is trained. */
  readonly fitLooks?: FitLooks
  /** Looks at the generator as it is after the steps `at` (0: untrained); it is only lent, and training waits. */
  readonly snapshots?: {
    readonly at: readonly number[]
    readonly take: (generator: Generator, step: number) => void | Promise<void>
  }
  /** Told what happened before training: what was fitted, and anything to know about the data. */
  readonly onNotice?: (notice: string) => void
  readonly signal?: AbortSignal
}

/** What a run was asked for, checked and with its defaults. */
export interface Choices {
  readonly settings: Settings
  readonly network: FieldNetwork
  readonly maker: Preconditioner
  readonly residual?: Residual
  readonly path: Path
  readonly prediction: Prediction
}

/**
 * Resolves every name of the settings, so that wrong ones are refused before anything is written.
 * @throws WhitewaterError (usage) for names, options or combinations that there are not
 */
export function resolveSettings({ coupling, time, weight, path, prediction, residual }: Settings) {
  couplingNamed(coupling)
  timeSamplingNamed(time)
  lossWeightNamed(weight)
  if (residual.kind !== 'none' && prediction !== 'velocity')
    throw usageError(
      `a residual is what is left of the velocity, and the network is to predict the ${prediction}: leave out one of the two`,
    )
  return { path: pathNamed(path), prediction: predictionNamed(prediction) }
}

function choicesFrom(options: TrainOptions): Choices {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape).flatMap((key) => {
      const value: unknown = Reflect.get(options, key)
      return value === undefined || key === 'field' || key === 'residual' ? [] : [[key, value]]
    }),
  )
  const { residual } = options
  const maker = options.preconditioner ?? preconditioner('zca')
  const features = options.data.samples.shape.slice(1)
  const network = options.field ?? networkOf(defaultField(features))
  const settings = checkedConfig(
    settingsSchema,
    {
      ...given,
      precondition: { kind: maker.kind, ...maker.options },
      ...(residual && { residual: { kind: residual.kind, ...residual.options } }),
      field: { kind: network.kind, ...network.options },
    },
    'train',
  )
  return { settings, network, maker, residual, ...resolveSettings(settings) }
}

/** Runs the caller's snapshots on the one generator, given each time the weights so far. */
function snapshotsOf({ snapshots }: TrainOptions, generator: Generator): TrainingOptions['snapshots'] {
  return (
    snapshots && {
      at: snapshots.at,
      async take(average, step) {
        await generator.load(average)
        await snapshots.take(generator, step)
      },
    }
  )
}

function trainingOptions(options: TrainOptions, settings: Settings, engine: CompileOptions): TrainingOptions {
  const { folder, resume, signal } = options
  const { optimizer, weightDecay, clip, averageDecay, steps, seed, checkpointEvery } = settings
  return {
    ...engine,
    optimizer: optimizer === 'adamw' ? optimizers.adamw({ weightDecay }) : optimizers.adam(),
    clip,
    averageDecay,
    steps,
    seed,
    schedule: {
      kind: settings.schedule,
      learningRate: settings.learningRate,
      warmup: Math.min(settings.warmup, steps),
    },
    signal,
    ...(folder && { checkpoints: { folder: paths(folder).checkpoints, every: checkpointEvery, resume } }),
    async onProgress(progress) {
      if (folder) await appendMetric(paths(folder).metrics, progress)
      await options.onProgress?.(progress)
    },
  }
}

/** A trained generator, and how far training came. */
export interface TrainResult {
  readonly generator: Generator
  readonly step: number
  /** Whether a signal stopped training before the last step; the checkpoint resumes. */
  readonly stopped: boolean
}

/** As `train`, telling also where training stopped. */
export async function trainRun(options: TrainOptions): Promise<TrainResult> {
  const { device, threads, strict, load } = options
  const engine: CompileOptions = { device, threads, strict, load }
  const choices = choicesFrom(options)
  const { fitted, form, transformed, features, labelCounts, parameters } = await prepare(
    options,
    choices,
    engine,
  )
  const { settings, network } = choices
  const generator = new Generator(
    {
      field: network,
      form,
      preconditioner: fitted,
      features,
      labelCounts,
      parameters,
      weights: new Float32Array(0),
    },
    engine,
  )
  try {
    const trained = await trainLoop(
      objectiveOf(network, { form, features, classes: labelCounts?.length }, settings),
      batchFiller(transformed, settings),
      { ...trainingOptions(options, settings, engine), snapshots: snapshotsOf(options, generator) },
    )
    await generator.load(trained.average)
    return { generator, step: trained.step, stopped: trained.stopped }
  } catch (error) {
    await generator.dispose()
    throw error
  }
}

/** Trains a preconditioned flow-matching generator. */
export const train = async (options: TrainOptions): Promise<Generator> => (await trainRun(options)).generator
