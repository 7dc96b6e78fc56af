// `whitewater train`: from data or a configuration to a run folder; or on with a run that was stopped.
import { Command } from 'commander'
import { failureError, usageError, WhitewaterError } from '../../errors.ts'
import { settingsSchema } from '../../generator/config.ts'
import type { TrainHooks } from '../../generator/train.ts'
import { freeFolder, resumeRun, startRun, type Run, type RunOptions } from '../../runs/run.ts'
import { stepReached } from '../../runs/files.ts'
import { readConfig } from '../../runs/generator-folder.ts'
import { couplingKinds } from '../../flow/coupling/registry.ts'
import { pathKinds } from '../../flow/paths.ts'
import { predictionKinds } from '../../flow/prediction.ts'
import { timeKinds } from '../../flow/time.ts'
import { lossWeightKinds } from '../../flow/weight.ts'
import { networkKinds } from '../../nn/networks/registry.ts'
import { checkPreconditioner, preconditionerKinds } from '../../precondition/registry.ts'
import { residualKinds } from '../../precondition/residual/registry.ts'
import { formatNumber } from '../../format-number.ts'
import { asksForAutoencoder, modelKinds } from '../autoencoder/config.ts'
import { trainAutoencoderCommand } from '../autoencoder/train.ts'
import { withEngineOpen } from '../engine.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { flagsOf, number, oneOf, whole, withData, withEngine, withSeed } from '../options.ts'
import { note, print } from '../output.ts'
import { progressBar } from '../progress.ts'
import { reportRun } from '../../runs/reported.ts'
import { collectSettings } from '../settings.ts'
import { configFrom, type TrainFlags } from '../train-config.ts'
import { summaryOf, textOf } from '../train-summary.ts'

/** Continues or starts, whichever was asked for; `onStart` is told the folder. */
async function begin(source: string | undefined, flags: TrainFlags, options: RunOptions): Promise<Run> {
  if (flags.resume !== undefined) {
    options.onStart?.(flags.resume)
    return resumeRun(flags.resume, { ...options, steps: flags.steps })
  }
  if (source === undefined) throw usageError('train what? Give DATA or CONFIG.yaml, or --resume RUN')
  const config = await configFrom(source, flags)
  return startRun(
    config,
    flags.out ?? (await freeFolder(config.data.source, config.precondition.kind)),
    options,
  )
}

const resumeCommand = (folder: string): string => `whitewater train --resume ${folder}`

/** The same failure, saying how to go on where a checkpoint was written before it. */
async function withWayOn(error: unknown, folder: string | undefined): Promise<unknown> {
  const step = folder === undefined ? 0 : await stepReached(folder)
  if (folder === undefined || step === 0 || !(error instanceof WhitewaterError) || error.kind === 'usage')
    return error
  return failureError(`${error.message}; then go on from step ${step} with: ${resumeCommand(folder)}`, error)
}

async function runTraining(source: string | undefined, flags: TrainFlags, signal: AbortSignal) {
  if (flags.resume !== undefined) await announce(flags.resume, flags.steps)
  const progress = progressBar('steps')
  const start = performance.now()
  let loss: number | undefined
  let folder: string | undefined
  const hooks: TrainHooks = {
    signal,
    onNotice: (notice) => note(`note: ${notice}`),
    onFit({ kind, step, steps, loss: own }) {
      progress.update(step, steps, `fitting ${kind}${own === undefined ? '' : `, loss ${formatNumber(own)}`}`)
    },
    onProgress(now) {
      loss = now.loss
      progress.update(now.step, now.steps, `loss ${formatNumber(now.loss)}`)
    },
  }
  try {
    return await withEngineOpen(flags, async (engine) => {
      const run = await begin(source, flags, {
        engine,
        hooks,
        onStart(chosen) {
          folder = chosen
          if (flags.resume === undefined) note(`run: ${folder}`)
        },
      })
      const seconds = (performance.now() - start) / 1000
      const report = flags.report && !run.stopped ? await reportRun(run) : undefined
      await run.generator.dispose()
      return { run, summary: summaryOf(run, { loss, seconds, report }) }
    })
  } catch (error) {
    throw await withWayOn(error, folder)
  } finally {
    progress.end()
  }
}

/** Only these may change when a run goes on. */
function checkResume(source: string | undefined, command: Command): void {
  const allowed = ['resume', 'steps', 'device', 'threads', 'report', 'json', 'verbose']
  const extra = command.options.find(
    (option) =>
      command.getOptionValueSource(option.attributeName()) === 'cli' &&
      !allowed.includes(option.attributeName()),
  )
  const given = source ?? extra?.long
  if (given !== undefined) {
    throw usageError(
      `--resume goes on with the run's own configuration: leave out ${given}; only --steps, --device and --threads may change`,
    )
  }
}

async function act(source: string | undefined, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<TrainFlags>(command)
  if (flags.resume !== undefined) checkResume(source, command)
  if (await asksForAutoencoder(source, flags)) return trainAutoencoderCommand(source, command)
  const interrupt = onInterrupt('stopping after this step, to write a checkpoint')
  try {
    const { run, summary } = await runTraining(source, flags, interrupt.signal)
    print(summary, textOf(summary), flags)
    if (run.stopped) {
      throw new Interrupted(
        `interrupted at step ${run.step} of ${run.config.steps}; go on with: ${resumeCommand(run.folder)}`,
      )
    }
  } finally {
    interrupt.release()
  }
}

/** Says from which step a run goes on, or that it has come to its end. */
async function announce(run: string, steps: number | undefined): Promise<void> {
  const { steps: planned } = await readConfig(run)
  const step = await stepReached(run)
  const target = Math.max(steps ?? planned, planned)
  note(
    step < target
      ? `${run}: going on from step ${step} of ${target}`
      : `${run} is at step ${step} of ${target} already; a larger --steps goes on`,
  )
}

/** What a run does unless told otherwise. */
const defaults = settingsSchema.parse({})

const choice = (kinds: readonly string[], { kind }: { readonly kind: string }): string =>
  `${kinds.join(', ')} (default: ${kind})`

const settings = (command: Command): Command =>
  command
    .option(
      '--model <name>',
      'generator, or vae: an autoencoder of images, to train a generator on its latents (default: generator)',
      oneOf('model', modelKinds),
    )
    .option(
      '--precondition <name>',
      `${preconditionerKinds.join(', ')}; class-NAME for one a class, NAME+NAME for one after the other (default: ${defaults.precondition.kind})`,
      checkPreconditioner,
    )
    .option(
      '--residual <name>',
      `a known velocity that the network is trained on top of: ${choice(['none', ...residualKinds], defaults.residual)}`,
      oneOf('residual', ['none', ...residualKinds]),
    )
    .option(
      '--path <name>',
      `from noise to data: ${choice(pathKinds, defaults.path)}`,
      oneOf('path', pathKinds),
    )
    .option(
      '--prediction <name>',
      `what the network says: ${choice(predictionKinds, { kind: defaults.prediction })}`,
      oneOf('prediction', predictionKinds),
    )
    .option(
      '--coupling <name>',
      `of noise and data in a batch: ${choice(couplingKinds, defaults.coupling)}`,
      oneOf('coupling', couplingKinds),
    )
    .option(
      '--time <name>',
      `how times are drawn: ${choice(timeKinds, defaults.time)}`,
      oneOf('time sampling', timeKinds),
    )
    .option(
      '--weight <name>',
      `w(t) of the loss: ${choice(lossWeightKinds, defaults.weight)}`,
      oneOf('loss weight', lossWeightKinds),
    )
    .option(
      '--set <entry.option=value>',
      'any other option, as often as needed: precondition.floor=1e-4, path.power=3, averageDecay=0.99',
      collectSettings,
    )
    .option('--steps <n>', `training steps (default: ${defaults.steps})`, whole(1))
    .option('--batch <n>', `samples a step (default: ${defaults.batch})`, whole(1))
    .option('--learning-rate <x>', `of Adam (default: ${defaults.learningRate})`, number(0, { open: true }))
    .option(
      '--checkpoint-every <n>',
      `steps between checkpoints (default: ${defaults.checkpointEvery})`,
      whole(1),
    )
    .option(
      '--field <name>',
      `velocity network: ${networkKinds.join(', ')}; chosen by the size of a sample unless given`,
      oneOf('field', networkKinds),
    )
    .option('--width <n>', 'units of a layer, or channels, of the field', whole(1))
    .option('--depth <n>', 'layers or blocks of the field', whole(1))
    .option('--out <folder>', 'the run folder; runs/<data>-<preconditioner> unless given')
    .option('--no-report', 'write no report.html')
    .option('--resume <run>', 'go on with a run that was stopped, or to more --steps')

export const train = (): Command =>
  withData(
    withEngine(
      withSeed(
        settings(
          new Command('train')
            .description('train a generator on data, or as a configuration says, into a run folder')
            .argument('[data]', 'a file, a folder, a name, or a CONFIG.yaml from `whitewater init`'),
        ),
      ),
    ),
  ).action(act)
