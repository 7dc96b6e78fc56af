// `whitewater reproduce`: a controlled experiment, over a grid of runs, in several processes.
import { availableParallelism } from 'node:os'
import { join, parse } from 'node:path'
import { Command, Option } from 'commander'
import { textTable } from '../../report/table.ts'
import type { Asked, Experiment } from '../../experiments/runner/experiment.ts'
import type { GridProgress } from '../../experiments/runner/grid.ts'
import { flagOf, type GivenOptions } from '../../experiments/runner/options.ts'
import type { Reproduction } from '../../experiments/runner/reproduce.ts'
import { usageError } from '../../errors.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { dataOptions, flagsOf, whole, withData, type DataFlags, type Shared } from '../options.ts'
import { facts, note, print } from '../output.ts'
import { machine, version } from '../package.ts'
import { countingProgress, duration, progressBar } from '../progress.ts'

interface Flags extends DataFlags, Shared {
  readonly quick?: boolean
  readonly seeds?: number
  readonly jobs?: number
  readonly out?: string
  readonly fresh?: boolean
  readonly data?: string
  readonly merge?: string[]
  readonly help?: boolean
}

/** What was asked of an experiment. @param given its own options */
function askedOf(
  { ownData }: Experiment,
  { quick = false, seeds, data, ...flags }: Flags,
  given: GivenOptions,
): Asked {
  const options = dataOptions(flags)
  const stray = Object.keys(options)[0]
  if (data === undefined && ownData === undefined && stray !== undefined)
    throw usageError(`${stray} is an option of data: say which with --data`)
  const source = data ?? (stray === undefined ? undefined : ownData)
  return { quick, seeds, options: given, ...(source !== undefined && { data: { source, ...options } }) }
}

function detailOf({ running, kept }: GridProgress): string | undefined {
  const parts = [...(kept > 0 ? [`${kept} kept from before`] : []), ...running]
  return parts.length > 0 ? parts.join(', ') : undefined
}

/** A folder an experiment, its data where a person chose it, and its size. */
function folderOf(experiment: Experiment, asked: Asked): string {
  const { name, ownData } = experiment
  const { quick, data } = asked
  const chosen = data && data.source !== ownData ? [parse(data.source).name] : []
  return [name, ...chosen, ...experiment.folderParts(asked), ...(quick ? ['quick'] : [])].join('-')
}

/** The command line that gives the same report; --jobs and --out change nothing in it. */
function commandOf(experiment: Experiment, asked: Asked, merge: readonly string[] = []): string {
  const { name, ownData } = experiment
  const { quick, seeds, data } = asked
  const { source, seed, ...dataOptions } = data ?? {}
  const entries = {
    seeds,
    ...experiment.optionsOf(asked),
    data: source === ownData ? undefined : source,
    ...dataOptions,
    dataSeed: seed,
  }
  return [
    `whitewater reproduce ${name}`,
    ...(quick ? ['--quick'] : []),
    ...Object.entries(entries).flatMap(([option, value]) =>
      value === undefined ? [] : [`${flagOf(option)} ${String(value)}`],
    ),
    ...merge.map((folder) => `--merge ${folder}`),
  ].join(' ')
}

async function run(
  experiment: Experiment,
  asked: Asked,
  flags: Flags,
  signal: AbortSignal,
): Promise<[Reproduction, number]> {
  const { reproduce } = await import('../../experiments/runner/reproduce.ts')
  const { processMeasurer } = await import('../../experiments/runner/process-measurer.ts')
  const { jobs = availableParallelism(), fresh, merge } = flags
  const out = flags.out ?? join('runs', 'reproduce', folderOf(experiment, asked))
  const progress = progressBar('runs')
  const preparing = countingProgress()
  const start = performance.now()
  let last: GridProgress | undefined
  try {
    const done = await reproduce(experiment, asked, {
      out,
      version,
      jobs,
      fresh,
      merge,
      signal,
      open: () => processMeasurer(experiment, asked, Math.max(1, Math.floor(availableParallelism() / jobs))),
      openFirst: () => processMeasurer(experiment, asked),
      onPreparing: (done, total, what) => preparing.update(what, done, total),
      onProgress(now) {
        preparing.end()
        last = now
        progress.update(now.done, now.cells, detailOf(now))
      },
      onStage: (stage) => progress.say(stage),
      onMerged: (run, folder, machine) => note(`${run}: taken from ${folder}, measured on ${machine}`),
      facts: {
        command: commandOf(experiment, asked, merge),
        version,
        machine,
        date: new Date().toISOString().slice(0, 10),
      },
    })
    return [done, (performance.now() - start) / 1000]
  } catch (error) {
    if (!signal.aborted) throw error
    const kept = last ? `${Math.floor(last.done)} of ${last.cells} runs are kept` : 'nothing was measured'
    throw new Interrupted(`interrupted: ${kept}; the same command goes on`)
  } finally {
    preparing.end()
    progress.end()
  }
}

/** Runs one experiment and prints what came out. */
async function reproduceOne(experiment: Experiment, flags: Flags, given: GivenOptions): Promise<void> {
  const asked = askedOf(experiment, flags, given)
  const interrupt = onInterrupt('stopping the runs')
  try {
    const [{ table, summary, runs, runSeconds, reportPath }, seconds] = await run(
      experiment,
      asked,
      flags,
      interrupt.signal,
    )
    const text = `${textTable(table)}\n\n${summary}\n\n${facts({
      runs: `${runs}, ${duration(runSeconds)} of work, ${duration(seconds)} now`,
      report: reportPath,
    })}`
    const { name } = experiment
    print(
      { experiment: name, summary, rows: table.rows, runs, runSeconds, seconds, report: reportPath },
      text,
      flags,
    )
  } finally {
    interrupt.release()
  }
}

const optionFor = (name: string, { about, placeholder }: Experiment['options'][string]): Option =>
  new Option(`${flagOf(name)} <${placeholder}>`, about)

/** The command of one experiment: its options, and unseen those of others, so that it can say that it does not take them. */
function commandFor(parent: Command, experiment: Experiment, others: readonly Experiment[]): Command {
  const command = parent
    .command(experiment.name)
    .description(experiment.about)
    .helpOption(false)
    .allowExcessArguments(false)
  const own = Object.entries(experiment.options)
  const foreign = new Map(others.flatMap(({ options }) => Object.entries(options)))
  own.forEach(([name, option]) => {
    foreign.delete(name)
    command.addOption(optionFor(name, option))
  })
  foreign.forEach((option, name) => command.addOption(optionFor(name, option).hideHelp()))
  return command.action((given: GivenOptions) => reproduceOne(experiment, flagsOf<Flags>(parent), given))
}

/** Hands what is not known before the experiment is to that experiment's command. */
async function act(_name: string | undefined, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  const { args } = command
  if (args.length === 0) return flags.help ? command.outputHelp() : list(flags)
  // Figures and networks take a while to load.
  const { experimentNamed, experiments } = await import('../../experiments/registry.ts')
  const name = args.find((arg) => experiments.some((one) => one.name === arg)) ?? args[0]
  if (name.startsWith('-')) throw usageError(`${name} stands without an experiment: say which before it`)
  const own = commandFor(command, experimentNamed(name), experiments)
  if (flags.help) return own.outputHelp()
  await own.parseAsync(
    args.filter((_arg, at) => at !== args.indexOf(name)),
    { from: 'user' },
  )
}

/** Without a name: which experiments there are. */
async function list(flags: { json?: boolean }): Promise<void> {
  const { experimentList } = await import('../../experiments/registry.ts')
  const known = experimentList()
  print(known, facts(Object.fromEntries(known.map(({ name, about }) => [name, about]))), flags)
  note('run one with: whitewater reproduce NAME --quick')
}

export const reproduce = (): Command =>
  withData(
    new Command('reproduce')
      .description('run a controlled experiment over its grid: a table, figures and report.html')
      .argument('[experiment]', 'which; a list of them unless given')
      .usage('[experiment] [options]')
      .helpOption(false)
      .option('-h, --help', 'with the name of an experiment: its own options, too')
      .allowUnknownOption()
      .allowExcessArguments()
      .option('--quick', 'a smaller grid and fewer steps: minutes')
      .option('--seeds <n>', 'repetitions of each run', whole(1))
      .option('--jobs <n>', 'runs at once, each in a process; as many as cores unless given', whole(1))
      .option('--out <folder>', 'where results go; runs/reproduce/NAME[-DATA][-quick] unless given')
      .option('--fresh', 'measure everything again, also what is kept from before')
      .option(
        '--merge <folder>',
        'take runs that are missing here from results of the same options elsewhere; repeatable',
        (folder: string, before: string[] = []) => [...before, folder],
      )
      .option('--data <source>', 'for experiments on any data: a file, a folder or a name'),
  ).action(act)
