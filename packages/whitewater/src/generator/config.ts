// A run's configuration: every choice that a run makes, validated, with its default and meaning in one place.
import { z } from 'zod'
import { couplingKinds } from '../flow/coupling/registry.ts'
import { pathKinds } from '../flow/paths.ts'
import { predictionKinds } from '../flow/prediction.ts'
import { timeKinds } from '../flow/time.ts'
import { lossWeightKinds } from '../flow/weight.ts'
import { networkKinds } from '../nn/networks/registry.ts'
import { preconditionerKinds } from '../precondition/registry.ts'
import { residualKinds } from '../precondition/residual/registry.ts'
import { sourceSchema } from '../data/source.ts'
import { optimizerKinds } from '../training/optimizer.ts'
import { scheduleKinds } from '../training/schedule.ts'

const count = (meaning: string) => z.int().min(1).describe(meaning)
const share = (meaning: string) => z.number().min(0).max(1).describe(meaning)

const kindAmong = (kinds: readonly string[]) => z.string().describe(kinds.join(', '))
const plainOption = z.union([z.number(), z.string(), z.boolean()])

/** A kind and its options: which of them fit is for the kind to say. */
const choice = (meaning: string, kinds: readonly string[]) =>
  z
    .object({ kind: kindAmong(kinds) })
    .catchall(plainOption)
    .describe(meaning)

/** The same for networks, which may be told extents. */
const networkChoice = z
  .object({ kind: kindAmong(networkKinds) })
  .catchall(plainOption.or(z.array(z.number()).readonly()))
  .describe('the velocity network; chosen by the size of a sample unless given')

/** What training needs beside the data; every entry has a default. */
export const settingsSchema = z.strictObject({
  precondition: choice(
    'the map P that the data goes through before the flow is trained',
    preconditionerKinds,
  ).default({ kind: 'zca' }),
  residual: choice('a known part of the velocity that the network is trained on top of', [
    'none',
    ...residualKinds,
  ]).default({ kind: 'none' }),
  field: networkChoice.optional(),
  steps: count('training steps').default(8000),
  batch: count('samples a step').default(256),
  learningRate: z.number().positive().default(1e-3).describe('of Adam, after warm-up'),
  schedule: z.enum(scheduleKinds).default('cosine').describe('of the learning rate'),
  warmup: z.int().min(0).default(100).describe('steps of linear warm-up'),
  optimizer: z.enum(optimizerKinds).default('adam').describe('what takes the steps'),
  weightDecay: z.number().min(0).default(0.01).describe('of AdamW'),
  clip: z.number().positive().default(1).describe('largest global norm of the gradient'),
  averageDecay: share('largest decay of the moving average of the weights').default(0.999),
  labelDrop: share('share of labels dropped for classifier-free guidance').default(0.1),
  path: choice('how noise becomes data over time', pathKinds).default({ kind: 'linear' }),
  prediction: z.enum(predictionKinds).default('velocity').describe('what the network is trained to say'),
  coupling: choice('which noise each sample of a batch is paired with', couplingKinds).default({
    kind: 'independent',
  }),
  time: choice('how path times are drawn', timeKinds).default({ kind: 'uniform' }),
  weight: choice('w(t) of the loss', lossWeightKinds).default({ kind: 'uniform' }),
  checkpointEvery: count('steps between checkpoints').default(1000),
  seed: z.int().min(0).default(0).describe('of everything random but the data'),
})

export type Settings = z.infer<typeof settingsSchema>
/** The same, with everything optional. */
export type SettingsInput = z.input<typeof settingsSchema>
/** A run's `config.yaml`: settings, and where the data came from. */
export const configSchema = settingsSchema.extend({
  data: sourceSchema.describe('the dataset, with the options of its source'),
})

export type RunConfig = z.infer<typeof configSchema>
