// Precondition, then match (Algorithm 1): fit P, transform the data, train a flow on it, return a generator.
import type { CompileOptions } from '@whitewater/tensor'
import type { Dataset } from '../data/dataset.ts'
import { trainLoop, type Progress, type TrainingOptions } from '../training/loop.ts'
import { batchFiller, objectiveOf } from './batches.ts'
import type { SettingsInput } from './config.ts'
import { Generator } from './generator.ts'
import { inMemory, type Keeper } from './keeper.ts'
import { planFor, type ReadyMade, type TrainingPlan } from './plan.ts'
import { prepare, type PrepareHooks, type Prepared } from './prepare.ts'

/** Who is told of training, may look at it, and may stop it. */
export interface TrainHooks extends PrepareHooks {
  /** Training waits for what it returns. */
  readonly onProgress?: (progress: Progress) => void | Promise<void>
  /** Looks at the generator as it is after the steps `at` (0: untrained); it is only lent, and training waits. */
  readonly snapshots?: {
    readonly at: readonly number[]
    readonly take: (generator: Generator, step: number) => void | Promise<void>
  }
}

/** What trains in memory: settings by name, or things ready made in their place. */
export interface TrainOptions extends Omit<SettingsInput, 'field' | 'precondition' | 'residual'>, ReadyMade {
  readonly data: Dataset
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  readonly hooks?: TrainHooks
}

/** A trained generator, and how far training came. */
export interface TrainResult {
  readonly generator: Generator
  readonly step: number
  /** Whether a signal stopped training before the last step; the checkpoint resumes. */
  readonly stopped: boolean
}

export interface Training {
  readonly engine: CompileOptions
  readonly hooks: TrainHooks
  readonly keeper: Keeper
}

/** Runs the caller's snapshots on the one generator, given each time the weights so far. */
function snapshotsOf({ snapshots }: TrainHooks, generator: Generator): TrainingOptions['snapshots'] {
  if (!snapshots) return undefined
  return {
    at: snapshots.at,
    async take(average, step) {
      await generator.load(average)
      await snapshots.take(generator, step)
    },
  }
}

/** Trains what is prepared, and returns the generator with the averaged weights. */
export async function trainPrepared(
  plan: TrainingPlan,
  prepared: Prepared,
  { engine, hooks, keeper }: Training,
): Promise<TrainResult> {
  const { network, fitted, form, transformed, features, labelCounts, parameters } = prepared
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
      objectiveOf(network, { form, features, classes: labelCounts?.length }, plan),
      batchFiller(transformed, plan),
      {
        engine,
        optimizer: plan.optimizer,
        clip: plan.clip,
        averageDecay: plan.averageDecay,
        steps: plan.steps,
        seed: plan.seed,
        schedule: plan.schedule,
        signal: hooks.signal,
        checkpoints: keeper.checkpoints,
        async onProgress(progress) {
          await keeper.progress(progress)
          await hooks.onProgress?.(progress)
        },
        snapshots: snapshotsOf(hooks, generator),
      },
    )
    await generator.load(trained.average)
    return { generator, step: trained.step, stopped: trained.stopped }
  } catch (error) {
    await generator.dispose()
    throw error
  }
}

/**
 * Trains a preconditioned generator and keeps nothing of it on disk.
 * @throws WhitewaterError (usage) for settings that there are not or that do not fit
 */
export async function trainInMemory({
  data,
  engine = {},
  hooks = {},
  preconditioner,
  residual,
  field,
  ...settings
}: TrainOptions): Promise<TrainResult> {
  const plan = planFor(settings, { preconditioner, residual, field })
  const training: Training = { engine, hooks, keeper: inMemory }
  return trainPrepared(plan, await prepare(plan, data, training), training)
}
