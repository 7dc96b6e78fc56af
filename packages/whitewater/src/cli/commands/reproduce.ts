// `whitewater reproduce`: a controlled experiment, over a grid of runs, in several processes.
import { availableParallelism } from 'node:os'
import { join, parse } from 'node:path'
import { Command } from 'commander'
import { textTable } from '../../report/table.ts'
import type { Experiment, Request } from '../../experiments/runner/experiment.ts'
import type { GridProgress } from '../../experiments/runner/grid.ts'
import type { Reproduction } from '../../experiments/runner/reproduce.ts'
import { usageError } from '../../errors.ts'
import { Interrupted } from '../failure.ts'
import { onInterrupt } from '../interrupt.ts'
import { dataOptions, flagsOf, whole, withData, type DataFlags } from '../options.ts'
import { facts, note, print } from '../output.ts'
import { machine, version } from '../package.ts'
import { countingProgress, duration, progressBar } from '../progress.ts'

interface Flags extends DataFlags {
  readonly quick?: boolean
  readonly seeds?: number
  readonly jobs?: number
  readonly out?: string
  readonly fresh?: boolean
  readonly data?: string
  readonly budget?: string
  readonly field?: string
  readonly epochs?: number
  readonly rows?: string[]
  readonly prepared?: string
  readonly merge?: string[]
}

function requestOf(
  { ownData }: Experiment,
  { quick = false, seeds, data, budget, field, epochs, rows, prepared, ...flags }: Flags,
): Request {
  const options = dataOptions(flags)
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

/** `labelColumn` as it is typed: --label-column. */
const flagOf = (option: string): string =>
  `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

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
      value === undefined ? [] : [`${flagOf(option)} ${String(value)}`],
    ),
    ...merge.map((folder) => `--merge ${folder}`),
  ].join(' ')
}

async function run(name: string, flags: Flags, signal: AbortSignal): Promise<[Reproduction, number]> {
  // Figures and networks take a while to load.
  const { experimentNamed } = await import('../../experiments/registry.ts')
  const { reproduce } = await import('../../experiments/runner/reproduce.ts')
  const { processMeasurer } = await import('../../experiments/runner/process-measurer.ts')
  const experiment = experimentNamed(name)
  const request = requestOf(experiment, flags)
  const { jobs = availableParallelism(), fresh, merge } = flags
  const out = flags.out ?? join('runs', 'reproduce', folderOf(experiment, request))
  const progress = progressBar('runs')
  const preparing = countingProgress()
  const start = performance.now()
  let last: GridProgress | undefined
  try {
    const done = await reproduce(experiment, request, {
      out,
      version,
      jobs,
      fresh,
      merge,
      signal,
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
      onMerged: (run, folder, machine) => note(`${run}: taken from ${folder}, measured on ${machine}`),
      facts: {
        command: commandOf(experiment, request, merge),
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

async function act(name: string | undefined, _: unknown, command: Command): Promise<void> {
  const flags = flagsOf<Flags>(command)
  if (name === undefined) return list(flags)
  const interrupt = onInterrupt('stopping the runs')
  try {
    const [{ table, summary, runs, runSeconds, reportPath }, seconds] = await run(
      name,
      flags,
      interrupt.signal,
    )
    const text = `${textTable(table)}\n\n${summary}\n\n${facts({
      runs: `${runs}, ${duration(runSeconds)} of work, ${duration(seconds)} now`,
      report: reportPath,
    })}`
    print(
      { experiment: name, summary, rows: table.rows, runs, runSeconds, seconds, report: reportPath },
      text,
      flags,
    )
  } finally {
    interrupt.release()
  }
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
      .option('--quick', 'a smaller grid and fewer steps: minutes')
      .option('--seeds <n>', 'repetitions of each run', whole(1))
      .option('--jobs <n>', 'runs at once, each in a process; as many as cores unless given', whole(1))
      .option('--out <folder>', 'where results go; runs/reproduce/NAME[-DATA][-quick] unless given')
      .option('--fresh', 'measure everything again, also what is kept from before')
      .option('--budget <name>', 'of some experiments: quick, cpu (two cores, an hour or two) or paper')
      .option('--field <name>', 'of some experiments: the velocity network')
      .option('--epochs <n>', 'of some experiments: passes over the data in place of the budget', whole(1))
      .option('--rows <names>', 'of some experiments: only these rows of the table', (text) =>
        text.split(','),
      )
      .option(
        '--prepared <folder>',
        'of some experiments: a folder with the classifier and the autoencoder, in place of training both',
      )
      .option(
        '--merge <folder>',
        'take runs that are missing here from results of the same options elsewhere; repeatable',
        (folder: string, before: string[] = []) => [...before, folder],
      )
      .option('--data <source>', 'for experiments on any data: a file, a folder or a name'),
  ).action(act)
