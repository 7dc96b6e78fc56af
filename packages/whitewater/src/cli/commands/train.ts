// `whitewater train`: from data or a configuration to a run folder; or on with a run that was stopped.
import { usageError } from '../../errors.ts'
import { freeFolder, resumeRun, startRun, type Run, type RunOptions } from '../../runs/run.ts'
import { readConfig } from '../../runs/generator-folder.ts'
import { formatNumber } from '../../format-number.ts'
import { reportRun } from '../../runs/reported.ts'
import { asksForAutoencoder } from '../autoencoder/config.ts'
import { trainAutoencoder } from '../autoencoder/train.ts'
import { command, type Answer } from '../command.ts'
import { typedName } from '../../kinds/typed-name.ts'
import { optionalArgument } from '../declare.ts'
import { text } from '../readers.ts'
import type { Shell } from '../shell.ts'
import { configFrom, sourceOf } from '../train-config.ts'
import { trainOptions, type TrainFlags } from '../train-options.ts'
import { summaryOf, textOf } from '../train-summary.ts'
import { announce, followTraining, trainingAnswer } from '../training.ts'

/** Continues or starts, whichever was asked for. */
async function begin(source: string | undefined, flags: TrainFlags, options: RunOptions): Promise<Run> {
  const { resume, steps, out } = flags
  if (resume !== undefined) return resumeRun(resume, { ...options, steps })
  const config = await configFrom(sourceOf(source), flags)
  const folder = out ?? (await freeFolder(config.data.source, config.precondition.kind))
  return startRun(config, folder, options)
}

async function trainGenerator(source: string | undefined, flags: TrainFlags, shell: Shell): Promise<Answer> {
  const { resume, steps } = flags
  if (resume !== undefined) await announce(resume, (await readConfig(resume)).steps, steps, shell)
  return followTraining(resume, shell, async ({ progress, onStart, hooks, outcome }) => {
    const run = await begin(source, flags, {
      engine: await shell.engine(flags),
      onStart,
      hooks: {
        ...hooks,
        onNotice: (notice) => shell.note(`note: ${notice}`),
        onFit({ kind, step: fitted, steps: planned, loss }) {
          const now = loss === undefined ? '' : `, loss ${formatNumber(loss)}`
          progress.update(fitted, planned, `fitting ${kind}${now}`)
        },
      },
    })
    shell.own(run.generator)
    const trained = outcome()
    const report = flags.report && !run.stopped ? await reportRun(run) : undefined
    const summary = summaryOf(run, { ...trained, report })
    return trainingAnswer(run, summary, textOf(summary))
  })
}

/** What may be given when a run goes on. */
const resumable = ['resume', 'steps', 'device', 'threads', 'report', 'json', 'verbose']

/** @throws WhitewaterError (usage) for what the run's own configuration says */
function checkResume(source: string | undefined, flags: TrainFlags): void {
  const extra = Object.keys(flags).find((name) => !resumable.includes(name))
  const given = source ?? (extra && typedName(extra))
  if (given !== undefined) {
    throw usageError(
      `--resume goes on with the run's own configuration: leave out ${given}; only --steps, --device and --threads may change`,
    )
  }
}

export const train = command({
  name: 'train',
  about: 'train a generator on data, or as a configuration says, into a run folder',
  arguments: {
    data: optionalArgument('a file, a folder, a name, or a CONFIG.yaml from `whitewater init`', text),
  },
  options: trainOptions,
  interruption: {
    stopping: 'stopping after this step, to write a checkpoint',
    ends: 'interrupted before the first step: no checkpoint was written',
  },
  async run({ data }, flags, shell) {
    if (flags.resume !== undefined) checkResume(data, flags)
    const trainOne = (await asksForAutoencoder(data, flags)) ? trainAutoencoder : trainGenerator
    return trainOne(data, flags, shell)
  },
})
