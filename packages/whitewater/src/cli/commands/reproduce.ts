// `whitewater reproduce`: a controlled experiment, over a grid of runs, in several processes.
import { availableParallelism } from 'node:os'
import { join, parse } from 'node:path'
import { machineText } from '@whitewater/tensor'
import { typedName } from '../../kinds/typed-name.ts'
import { textTable } from '../../report/table.ts'
import type { Asked, Experiment } from '../../experiments/runner/experiment.ts'
import type { GridProgress } from '../../experiments/runner/grid.ts'
import type { GivenOptions } from '../../experiments/runner/options.ts'
import type { Reproduction } from '../../experiments/runner/reproduce.ts'
import { usageError } from '../../errors.ts'
import { version } from '../../version.ts'
import { command, type Answer, type Variant } from '../command.ts'
import { onSwitch, option, optionalArgument, type FlagsOf, type OptionTable } from '../declare.ts'
import { Interrupted } from '../failure.ts'
import { dataOptions, datasetOptions } from '../options.ts'
import { facts } from '../output.ts'
import { duration } from '../progress.ts'
import { collect, text, whole } from '../readers.ts'
import type { Shell } from '../shell.ts'

const options = {
  quick: onSwitch('a smaller grid and fewer steps: minutes'),
  seeds: option('<n>', 'repetitions of each run', whole(1)),
  jobs: option('<n>', 'runs at once, each in a process; as many as cores unless given', whole(1)),
  out: option('<folder>', 'where results go; runs/reproduce/NAME[-DATA][-quick] unless given', text),
  fresh: onSwitch('measure everything again, also what is kept from before'),
  merge: option(
    '<folder>',
    'take runs that are missing here from results of the same options elsewhere; repeatable',
    collect,
  ),
  data: option('<source>', 'for experiments on any data: a file, a folder or a name', text),
  ...dataOptions,
}

type Flags = FlagsOf<typeof options>

/** What was asked of an experiment. @param given its own options */
function askedOf(
  { ownData }: Experiment,
  { quick = false, seeds, data, ...flags }: Flags,
  given: GivenOptions,
): Asked {
  const own = datasetOptions(flags)
  const stray = Object.keys(own)[0]
  if (data === undefined && ownData === undefined && stray !== undefined)
    throw usageError(`${stray} is an option of data: say which with --data`)
  const source = data ?? (stray === undefined ? undefined : ownData)
  return { quick, seeds, options: given, ...(source !== undefined && { data: { source, ...own } }) }
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
  const { name: experimentName, ownData } = experiment
  const { quick, seeds, data } = asked
  const { source, seed, ...ofData } = data ?? {}
  const entries = {
    seeds,
    ...experiment.optionsOf(asked),
    data: source === ownData ? undefined : source,
    ...ofData,
    dataSeed: seed,
  }
  return [
    `whitewater reproduce ${experimentName}`,
    ...(quick ? ['--quick'] : []),
    ...Object.entries(entries).flatMap(([name, value]) =>
      value === undefined ? [] : [`${typedName(name)} ${String(value)}`],
    ),
    ...merge.map((folder) => `--merge ${folder}`),
  ].join(' ')
}

async function run(
  experiment: Experiment,
  asked: Asked,
  flags: Flags,
  shell: Shell,
): Promise<[Reproduction, number]> {
  const { reproduce } = await import('../../experiments/runner/reproduce.ts')
  const { processMeasurer } = await import('../../experiments/runner/process-measurer.ts')
  const { jobs = availableParallelism(), fresh, merge } = flags
  const out = flags.out ?? join('runs', 'reproduce', folderOf(experiment, asked))
  const progress = shell.progress('runs')
  const preparing = shell.counts()
  const start = performance.now()
  let last: GridProgress | undefined
  try {
    const done = await reproduce(experiment, asked, {
      out,
      version,
      jobs,
      fresh,
      merge,
      signal: shell.signal,
      open: () => processMeasurer(experiment, asked, Math.max(1, Math.floor(availableParallelism() / jobs))),
      openFirst: () => processMeasurer(experiment, asked),
      onPreparing: (done, total, what) => preparing.update(what, done, total),
      onProgress(now) {
        preparing.end()
        last = now
        progress.update(now.done, now.cells, detailOf(now))
      },
      onStage: (stage) => progress.say(stage),
      onMerged: (name, folder, machine) =>
        shell.note(`${name}: taken from ${folder}, measured on ${machine}`),
      facts: {
        command: commandOf(experiment, asked, merge),
        version,
        machine: machineText(),
        date: new Date().toISOString().slice(0, 10),
      },
    })
    return [done, (performance.now() - start) / 1000]
  } catch (error) {
    if (!shell.signal.aborted || !last) throw error
    const kept = `${Math.floor(last.done)} of ${last.cells} runs are kept`
    throw new Interrupted(`interrupted: ${kept}; the same command goes on`)
  }
}

const optionTable = ({ options: own }: Experiment): OptionTable =>
  Object.fromEntries(
    Object.entries(own).map(([name, { about, placeholder }]) => [
      name,
      option(`<${placeholder}>`, about, text),
    ]),
  )

/** The experiment that the arguments name, with its options, and those of others so that it can say that it does not take them. */
async function variant(args: readonly string[]): Promise<Variant> {
  // Figures and networks take a while to load.
  const { experimentNamed, experiments } = await import('../../experiments/registry.ts')
  const wanted = args.find((arg) => experiments.some(({ name }) => name === arg)) ?? args[0]
  if (wanted.startsWith('-')) throw usageError(`${wanted} stands without an experiment: say which before it`)
  const experiment = experimentNamed(wanted)
  const own = optionTable(experiment)
  const all = experiments.flatMap((one) => Object.entries(optionTable(one)))
  const foreign = Object.fromEntries(all.filter(([name]) => !Object.hasOwn(own, name)))
  return { name: experiment.name, about: experiment.about, options: own, foreign }
}

/** Without a name: which experiments there are. */
async function list(): Promise<Answer> {
  const { experimentList } = await import('../../experiments/registry.ts')
  const known = experimentList()
  return {
    result: known,
    text: facts(Object.fromEntries(known.map(({ name, about }) => [name, about]))),
    hint: 'run one with: whitewater reproduce NAME --quick',
  }
}

export const reproduce = command({
  name: 'reproduce',
  about: 'run a controlled experiment over its grid: a table, figures and report.html',
  arguments: { experiment: optionalArgument('which; a list of them unless given', text) },
  options,
  further: { variant, help: 'with the name of an experiment: its own options, too' },
  interruption: {
    stopping: 'stopping the runs',
    ends: 'interrupted: nothing was measured; the same command goes on',
  },
  async run({ experiment: name }, flags, shell, given) {
    if (name === undefined) return list()
    const { experimentNamed } = await import('../../experiments/registry.ts')
    const experiment = experimentNamed(name)
    const asked = askedOf(experiment, flags, given)
    const [{ table, summary, runs, runSeconds, reportPath }, seconds] = await run(
      experiment,
      asked,
      flags,
      shell,
    )
    return {
      result: { experiment: name, summary, rows: table.rows, runs, runSeconds, seconds, report: reportPath },
      text: `${textTable(table)}\n\n${summary}\n\n${facts({
        runs: `${runs}, ${duration(runSeconds)} of work, ${duration(seconds)} now`,
        report: reportPath,
      })}`,
    }
  },
})
