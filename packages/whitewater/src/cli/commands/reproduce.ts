// `whitewater reproduce`: a controlled experiment, over a grid of runs, in several processes.
import { availableParallelism } from 'node:os'
import { join, parse } from 'node:path'
import { machineText } from '@whitewater/tensor'
import { textTable } from '../../report/table.ts'
import type { Experiment, Request } from '../../experiments/runner/experiment.ts'
import type { GridProgress } from '../../experiments/runner/grid.ts'
import type { Reproduction } from '../../experiments/runner/reproduce.ts'
import { usageError } from '../../errors.ts'
import { version } from '../../version.ts'
import { command, type Answer } from '../command.ts'
import { onSwitch, option, optionalArgument, typedName, type FlagsOf } from '../declare.ts'
import { Interrupted } from '../failure.ts'
import { dataOptions, datasetOptions } from '../options.ts'
import { facts } from '../output.ts'
import { duration } from '../progress.ts'
import { collect, listOf, text, whole } from '../readers.ts'
import type { Shell } from '../shell.ts'

const options = {
  quick: onSwitch('a smaller grid and fewer steps: minutes'),
  seeds: option('<n>', 'repetitions of each run', whole(1)),
  jobs: option('<n>', 'runs at once, each in a process; as many as cores unless given', whole(1)),
  out: option('<folder>', 'where results go; runs/reproduce/NAME[-DATA][-quick] unless given', text),
  fresh: onSwitch('measure everything again, also what is kept from before'),
  budget: option('<name>', 'of some experiments: quick, cpu (two cores, an hour or two) or paper', text),
  field: option('<name>', 'of some experiments: the velocity network', text),
  epochs: option('<n>', 'of some experiments: passes over the data in place of the budget', whole(1)),
  rows: option('<names>', 'of some experiments: only these rows of the table', listOf(text)),
  prepared: option(
    '<folder>',
    'of some experiments: a folder with the classifier and the autoencoder, in place of training both',
    text,
  ),
  merge: option(
    '<folder>',
    'take runs that are missing here from results of the same options elsewhere; repeatable',
    collect,
  ),
  data: option('<source>', 'for experiments on any data: a file, a folder or a name', text),
  ...dataOptions,
}

type Flags = FlagsOf<typeof options>

function requestOf(
  { ownData }: Experiment,
  { quick = false, seeds, data, budget, field, epochs, rows, prepared, ...flags }: Flags,
): Request {
  const options = datasetOptions(flags)
  const stray = Object.keys(options)[0]
  if (data === undefined && ownData === undefined && stray !== undefined)
    throw usageError(`${stray} is an option of data: say which with --data`)
  const source = data ?? (stray === undefined ? undefined : ownData)
  const extra = Object.entries({ budget, field, epochs, rows, prepared }).filter(
    ([, value]) => value !== undefined,
  )
  return {
    quick,
    seeds,
    ...(source !== undefined && { data: { source, ...options } }),
    ...Object.fromEntries(extra),
  }
}

function detailOf({ running, kept }: GridProgress): string | undefined {
  const parts = [...(kept > 0 ? [`${kept} kept from before`] : []), ...running]
  return parts.length > 0 ? parts.join(', ') : undefined
}

/** A folder an experiment, its data where a person chose it, and its size. */
const folderOf = ({ name, ownData }: Experiment, request: Request): string => {
  const { quick, data, budget, field, epochs } = request
  const chosen = data && data.source !== ownData ? [parse(data.source).name] : []
  const size = [field, budget, ...(epochs === undefined ? [] : [`${epochs}-epochs`])]
  return [name, ...chosen, ...size.filter((part) => part !== undefined), ...(quick ? ['quick'] : [])].join(
    '-',
  )
}

/** The command line that gives the same report; --jobs and --out change nothing in it. */
function commandOf({ name, ownData }: Experiment, request: Request, merge: readonly string[] = []): string {
  const { quick, data, ...choices } = request
  const { source, seed, ...dataOptions } = data ?? {}
  const entries = {
    ...choices,
    data: source === ownData ? undefined : source,
    ...dataOptions,
    dataSeed: seed,
  }
  return [
    `whitewater reproduce ${name}`,
    ...(quick ? ['--quick'] : []),
    ...Object.entries(entries).flatMap(([option, value]) =>
      value === undefined ? [] : [`${typedName(option)} ${String(value)}`],
    ),
    ...merge.map((folder) => `--merge ${folder}`),
  ].join(' ')
}

async function run(name: string, flags: Flags, shell: Shell): Promise<[Reproduction, number]> {
  // Figures and networks take a while to load.
  const { experimentNamed } = await import('../../experiments/registry.ts')
  const { reproduce } = await import('../../experiments/runner/reproduce.ts')
  const { processMeasurer } = await import('../../experiments/runner/process-measurer.ts')
  const experiment = experimentNamed(name)
  const request = requestOf(experiment, flags)
  const { jobs = availableParallelism(), fresh, merge } = flags
  const out = flags.out ?? join('runs', 'reproduce', folderOf(experiment, request))
  const progress = shell.progress('runs')
  const preparing = shell.counts()
  const start = performance.now()
  let last: GridProgress | undefined
  try {
    const done = await reproduce(experiment, request, {
      out,
      version,
      jobs,
      fresh,
      merge,
      signal: shell.signal,
      open: () =>
        processMeasurer(experiment, request, Math.max(1, Math.floor(availableParallelism() / jobs))),
      openFirst: () => processMeasurer(experiment, request),
      onPreparing: (done, total, what) => preparing.update(what, done, total),
      onProgress(now) {
        preparing.end()
        last = now
        progress.update(now.done, now.cells, detailOf(now))
      },
      onStage: (stage) => progress.say(stage),
      onMerged: (run, folder, machine) => shell.note(`${run}: taken from ${folder}, measured on ${machine}`),
      facts: {
        command: commandOf(experiment, request, merge),
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
  interruption: {
    stopping: 'stopping the runs',
    ends: 'interrupted: nothing was measured; the same command goes on',
  },
  async run({ experiment: name }, flags, shell) {
    if (name === undefined) return list()
    const [{ table, summary, runs, runSeconds, reportPath }, seconds] = await run(name, flags, shell)
    return {
      result: {
        experiment: name,
        summary,
        rows: table.rows,
        runs,
        runSeconds,
        seconds,
        report: reportPath,
      },
      text: `${textTable(table)}\n\n${summary}\n\n${facts({
        runs: `${runs}, ${duration(runSeconds)} of work, ${duration(seconds)} now`,
        report: reportPath,
      })}`,
    }
  },
})
