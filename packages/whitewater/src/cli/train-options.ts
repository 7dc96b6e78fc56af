// Options of `train`.
import { settingsSchema } from '../generator/config.ts'
import { networkKinds } from '../nn/networks/registry.ts'
import { couplingKinds } from '../flow/coupling/registry.ts'
import { pathKinds } from '../flow/paths.ts'
import { predictionKinds } from '../flow/prediction.ts'
import { timeKinds } from '../flow/time.ts'
import { lossWeightKinds } from '../flow/weight.ts'
import { checkPreconditioner, preconditionerKinds } from '../precondition/registry.ts'
import { residualKinds } from '../precondition/residual/registry.ts'
import { offSwitch, option, type FlagsOf } from './declare.ts'
import { dataOptions, engineOptions, seedOption } from './options.ts'
import { number, oneOf, text, whole } from './readers.ts'
import { collectSettings } from './settings.ts'

/** What `train` can train. */
const modelKinds = ['generator', 'vae'] as const

/** What a run does unless told otherwise. */
const defaults = settingsSchema.parse({})

const choice = (kinds: readonly string[], { kind }: { readonly kind: string }): string =>
  `${kinds.join(', ')} (default: ${kind})`

export const trainOptions = {
  model: option(
    '<name>',
    'generator, or vae: an autoencoder of images, to train a generator on its latents (default: generator)',
    oneOf('model', modelKinds),
  ),
  precondition: option(
    '<name>',
    `${preconditionerKinds.join(', ')}; class-NAME for one a class, NAME+NAME for one after the other (default: ${defaults.precondition.kind})`,
    checkPreconditioner,
  ),
  residual: option(
    '<name>',
    `a known velocity that the network is trained on top of: ${choice(['none', ...residualKinds], defaults.residual)}`,
    oneOf('residual', ['none', ...residualKinds]),
  ),
  path: option('<name>', `from noise to data: ${choice(pathKinds, defaults.path)}`, oneOf('path', pathKinds)),
  prediction: option(
    '<name>',
    `what the network says: ${choice(predictionKinds, { kind: defaults.prediction })}`,
    oneOf('prediction', predictionKinds),
  ),
  coupling: option(
    '<name>',
    `of noise and data in a batch: ${choice(couplingKinds, defaults.coupling)}`,
    oneOf('coupling', couplingKinds),
  ),
  time: option(
    '<name>',
    `how times are drawn: ${choice(timeKinds, defaults.time)}`,
    oneOf('time sampling', timeKinds),
  ),
  weight: option(
    '<name>',
    `w(t) of the loss: ${choice(lossWeightKinds, defaults.weight)}`,
    oneOf('loss weight', lossWeightKinds),
  ),
  set: option(
    '<entry.option=value>',
    'any other option, as often as needed: precondition.floor=1e-4, path.power=3, averageDecay=0.99',
    collectSettings,
  ),
  steps: option('<n>', `training steps (default: ${defaults.steps})`, whole(1)),
  batch: option('<n>', `samples a step (default: ${defaults.batch})`, whole(1)),
  learningRate: option('<x>', `of Adam (default: ${defaults.learningRate})`, number(0, { open: true })),
  checkpointEvery: option(
    '<n>',
    `steps between checkpoints (default: ${defaults.checkpointEvery})`,
    whole(1),
  ),
  field: option(
    '<name>',
    `velocity network: ${networkKinds.join(', ')}; chosen by the size of a sample unless given`,
    oneOf('field', networkKinds),
  ),
  width: option('<n>', 'units of a layer, or channels, of the field', whole(1)),
  depth: option('<n>', 'layers or blocks of the field', whole(1)),
  out: option('<folder>', 'the run folder; runs/<data>-<preconditioner> unless given', text),
  report: offSwitch('write no report.html'),
  resume: option('<run>', 'go on with a run that was stopped, or to more --steps', text),
  ...seedOption,
  ...engineOptions,
  ...dataOptions,
}

export type TrainFlags = FlagsOf<typeof trainOptions>
