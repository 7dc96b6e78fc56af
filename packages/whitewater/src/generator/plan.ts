// What a run will do, settled before anything is written: each name of its settings has become the thing itself, or was refused.
import { checkedConfig } from '../kinds/checked-config.ts'
import { usageError } from '../errors.ts'
import type { Coupling } from '../flow/coupling/coupling.ts'
import { couplingNamed } from '../flow/coupling/registry.ts'
import type { Path } from '../flow/path.ts'
import { pathNamed } from '../flow/paths.ts'
import { predictionNamed, type Prediction } from '../flow/prediction.ts'
import { timeSamplingNamed, type TimeSampling } from '../flow/time.ts'
import { lossWeightNamed, type LossWeight } from '../flow/weight.ts'
import type { FieldNetwork } from '../nn/network.ts'
import { networkNamed, usualNetwork } from '../nn/networks/registry.ts'
import type { Preconditioner } from '../precondition/preconditioner.ts'
import { preconditioner } from '../precondition/registry.ts'
import { residualNamed } from '../precondition/residual/registry.ts'
import type { Residual } from '../precondition/residual/residual.ts'
import { optimizerNamed, optimizerTakes, type Optimizer } from '../training/optimizer.ts'
import type { Schedule } from '../training/schedule.ts'
import { settingsSchema, type Settings, type SettingsInput } from './config.ts'

export interface TrainingPlan {
  readonly preconditioner: Preconditioner
  readonly residual?: Residual
  /** The network for samples of a shape; only a choice that was left open looks at it. */
  readonly network: (features: readonly number[]) => FieldNetwork
  readonly path: Path
  readonly prediction: Prediction
  readonly coupling: Coupling
  readonly times: TimeSampling
  readonly weight: LossWeight
  readonly optimizer: Optimizer
  readonly schedule: Schedule
  readonly steps: number
  readonly batch: number
  /** Largest global norm of the gradient. */
  readonly clip: number
  /** Largest decay of the moving average of the weights. */
  readonly averageDecay: number
  /** Share of labels that are dropped for guidance. */
  readonly labelDrop: number
  readonly checkpointEvery: number
  readonly seed: number
  /** The same in names and numbers, as a run's configuration keeps it. */
  readonly settings: Settings
}

/** Things that code hands over ready made, in place of their names. */
export interface ReadyMade {
  /** zca() unless given; identity() for none. */
  readonly preconditioner?: Preconditioner
  /** A known part of the velocity that the network is trained on top of; none unless given. */
  readonly residual?: Residual
  /** A network chosen by the size of a sample unless given. */
  readonly field?: FieldNetwork
}

/** A thing as a configuration names it. */
const namedChoice = <Options extends object>({
  kind,
  options,
}: {
  readonly kind: string
  readonly options: Options
}) => ({ kind, ...options })

const preconditionerOf = ({ precondition: { kind, ...options } }: Settings): Preconditioner =>
  preconditioner(kind, options)

const residualOf = ({ residual: { kind, ...options } }: Settings): Residual | undefined =>
  kind === 'none' ? undefined : residualNamed(kind, options)

function networkOf({ field }: Settings, ready: FieldNetwork | undefined): TrainingPlan['network'] {
  const chosen = ready ?? (field && networkNamed(field))
  return (features) => chosen ?? networkNamed({ kind: usualNetwork(features) })
}

function optimizerOf({ optimizer, weightDecay }: Settings): Optimizer {
  const own = optimizerTakes(optimizer, 'weightDecay') ? { weightDecay } : {}
  return optimizerNamed({ kind: optimizer, ...own })
}

/**
 * The plan of settings that are checked.
 * @throws WhitewaterError (usage) for names, options or combinations that there are not
 */
export function planOf(settings: Settings, ready: ReadyMade = {}): TrainingPlan {
  const { steps, batch, clip, averageDecay, labelDrop, checkpointEvery, seed } = settings
  const residual = ready.residual ?? residualOf(settings)
  if (residual && settings.prediction !== 'velocity')
    throw usageError(
      `a residual is what is left of the velocity, and the network is to predict the ${settings.prediction}: leave out one of the two`,
    )
  return {
    preconditioner: ready.preconditioner ?? preconditionerOf(settings),
    ...(residual && { residual }),
    network: networkOf(settings, ready.field),
    path: pathNamed(settings.path),
    prediction: predictionNamed(settings.prediction),
    coupling: couplingNamed(settings.coupling),
    times: timeSamplingNamed(settings.time),
    weight: lossWeightNamed(settings.weight),
    optimizer: optimizerOf(settings),
    schedule: {
      kind: settings.schedule,
      learningRate: settings.learningRate,
      warmup: Math.min(settings.warmup, steps),
    },
    steps,
    batch,
    clip,
    averageDecay,
    labelDrop,
    checkpointEvery,
    seed,
    settings,
  }
}

/** Options that belong to a group of `train`, where plain JavaScript may have them beside the settings. */
const groupOf: Readonly<Record<string, 'engine' | 'hooks'>> = {
  device: 'engine',
  threads: 'engine',
  strict: 'engine',
  load: 'engine',
  onProgress: 'hooks',
  onFit: 'hooks',
  fitLooks: 'hooks',
  onNotice: 'hooks',
  snapshots: 'hooks',
  signal: 'hooks',
}

/**
 * The plan of what code asks for.
 * @throws WhitewaterError (usage) as `planOf`, and for settings that there are not or that do not fit
 */
export function planFor(given: SettingsInput, ready: ReadyMade): TrainingPlan {
  const stray = Object.keys(given).find((name) => Object.hasOwn(groupOf, name))
  if (stray !== undefined)
    throw usageError(
      `train takes ${stray} inside ${groupOf[stray]}: write ${groupOf[stray]}: { ${stray}: ... }`,
    )
  return planOf(checkedConfig(settingsSchema, given, 'train'), ready)
}

/** The settings as a run keeps them: with what was handed over ready made, and the network that samples of this shape get. */
export const settledFor = (plan: TrainingPlan, features: readonly number[]): Settings =>
  settingsSchema.strip().parse({
    ...plan.settings,
    precondition: namedChoice(plan.preconditioner),
    residual: plan.residual ? namedChoice(plan.residual) : { kind: 'none' },
    field: namedChoice(plan.network(features)),
  })
