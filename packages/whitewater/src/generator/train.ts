// Precondition, then match (Algorithm 1): fit P, transform the data, train a flow on it, return a generator.
import { sizeOf, type CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { usageError } from '../errors.ts'
import type { FieldNetwork } from '../nn/network.ts'
import type { FittedPreconditioner, Preconditioner } from '../precondition/preconditioner.ts'
import {
  holdsPreconditioner,
  loadPreconditioner,
  preconditioner,
  savePreconditioner,
} from '../precondition/registry.ts'
import { trainLoop, type Progress, type TrainingOptions } from '../training/loop.ts'
import { optimizers } from '../training/optimizer.ts'
import { batchFiller, objectiveOf } from './batches.ts'
import { checkedConfig, settingsSchema, type RunConfig, type Settings, type SettingsInput } from './config.ts'
import { defaultField, networkOf } from './field.ts'
import { Generator } from './generator.ts'
import { parametersOf } from './load.ts'
import {
  appendMetric,
  createRun,
  discardRun,
  paths,
  stepReached,
  truncateMetrics,
  writeModelFacts,
} from './run-folder.ts'

export interface TrainOptions extends Omit<SettingsInput, 'field' | 'precondition'>, CompileOptions {
  readonly data: Dataset
  /** zca() unless given; identity() for none. */
  readonly preconditioner?: Preconditioner
  /** A network chosen by the size of a sample unless given. */
  readonly field?: FieldNetwork
  /** Where the run is kept; in memory only unless given. */
  readonly folder?: string
  /** How the data can be had again, for the run's configuration. */
  readonly source?: RunConfig['data']
  /** Continue the run that `folder` holds. */
  readonly resume?: boolean
  readonly onProgress?: (progress: Progress) => void
  /** Looks at the generator as it is after the steps `at` (0: untrained); it is only lent, and training waits. */
  readonly snapshots?: {
    readonly at: readonly number[]
    readonly take: (generator: Generator, step: number) => void | Promise<void>
  }
  /** Told what happened before training: what was fitted, and anything to know about the data. */
  readonly onNotice?: (notice: string) => void
  readonly signal?: AbortSignal
}

/** Counts of each class; undefined without labels. @throws WhitewaterError for a class index out of range */
function countLabels({ name, labels, classes }: Dataset): number[] | undefined {
  if (!labels || classes === undefined) return undefined
  const counts = Array<number>(classes).fill(0)
  for (const label of labels) {
    if (!(label >= 0 && label < classes))
      throw usageError(`${name}: label ${label} is outside 0..${classes - 1}`)
    counts[label]++
  }
  return counts
}

function settingsFrom(options: TrainOptions): {
  settings: Settings
  network: FieldNetwork
  maker: Preconditioner
} {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape).flatMap((key) => {
      const value: unknown = Reflect.get(options, key)
      return value === undefined || key === 'field' ? [] : [[key, value]]
    }),
  )
  const maker = options.preconditioner ?? preconditioner('zca')
  const features = options.data.samples.shape.slice(1)
  const network = options.field ?? networkOf(defaultField(features))
  const settings = checkedConfig(
    settingsSchema,
    {
      ...given,
      precondition: { kind: maker.kind, ...maker.options },
      field: { kind: network.kind, ...network.options },
    },
    'train',
  )
  return { settings, network, maker }
}

function noticesOf(data: Dataset, fitted: FittedPreconditioner): string[] {
  const [count, ...features] = data.samples.shape
  const size = sizeOf(features)
  const { floored, floor, classes = 1 } = fitted.describe()
  const notices: string[] = []
  if (count <= size)
    notices.push(
      `${data.name}: ${count} samples in ${size} dimensions, so the covariance has rank below ${size}`,
    )
  if (typeof floored === 'number' && floored > 0) {
    notices.push(
      `${fitted.kind}: ${floored} of ${size * Number(classes)} variances were below ${floor} of the largest and were raised to it`,
    )
  }
  return notices
}

async function fittedFor(
  options: TrainOptions,
  maker: Preconditioner,
  engine: CompileOptions,
  seed: number,
): Promise<FittedPreconditioner> {
  const { folder, resume, data } = options
  if (folder && resume && (await holdsPreconditioner(paths(folder).preconditioner)))
    return loadPreconditioner(paths(folder).preconditioner, engine)
  const fitted = await maker.fit(data, { ...engine, seed })
  noticesOf(data, fitted).forEach((notice) => options.onNotice?.(notice))
  if (folder) await savePreconditioner(paths(folder).preconditioner, fitted)
  return fitted
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
      if (folder) await appendMetric(folder, progress)
      options.onProgress?.(progress)
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

/** Opens the run's folder, fits P and counts weights; a new run that fails here leaves nothing behind. */
async function prepare(options: TrainOptions, engine: CompileOptions) {
  const { data, folder, resume } = options
  const { settings, network, maker } = settingsFrom(options)
  const features = data.samples.shape.slice(1)
  const labelCounts = countLabels(data)
  if (folder && resume) await truncateMetrics(folder, await stepReached(folder))
  else if (folder) await createRun(folder, { data: options.source ?? { source: data.name }, ...settings })
  try {
    const parameters = parametersOf(network, features, labelCounts?.length)
    const fitted = await fittedFor(options, maker, engine, settings.seed)
    const transformed = { ...data, samples: await fitted.transform(data.samples, data.labels) }
    if (folder) {
      await writeModelFacts(folder, {
        field: { kind: network.kind, options: network.options },
        features,
        ...(labelCounts && { labelCounts }),
        parameters: parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      })
    }
    return { settings, network, features, labelCounts, parameters, fitted, transformed }
  } catch (error) {
    if (folder && !resume) await discardRun(folder)
    throw error
  }
}

/** As `train`, telling also where training stopped. */
export async function trainRun(options: TrainOptions): Promise<TrainResult> {
  const { device, threads, strict, load } = options
  const engine: CompileOptions = { device, threads, strict, load }
  const prepared = await prepare(options, engine)
  const { settings, network, features, labelCounts, parameters, fitted, transformed } = prepared
  const generator = new Generator(
    {
      field: network,
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
      objectiveOf(network, features, labelCounts?.length, settings),
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
