// Runs the cells of an experiment, several at once, and keeps each result as it comes: a grid that was stopped goes on where it was.
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { machineText } from '@whitewater/tensor'
import { z } from 'zod'
import { failureError, usageError, WhitewaterError } from '../../errors.ts'
import { makeFolder, writeFileAtomic } from '../../data/write.ts'
import type { Asked, Cell, Experiment, Kept, Measuring } from './experiment.ts'

/** Measures cells, one at a time, here or in a process of its own. */
export interface Measurer {
  measure(name: string, onProgress: (done: number, total: number) => void, folder?: string): Promise<unknown>
  close(): Promise<void>
}

/** Makes what all cells share. */
export interface Preparer extends Pick<Measurer, 'close'> {
  prepare(onProgress: Measuring['onProgress']): Promise<unknown>
}

export interface GridProgress {
  readonly cells: number
  /** Cells measured, those under way by their share. */
  readonly done: number
  /** Of `done`, how many were kept from an earlier run. */
  readonly kept: number
  readonly running: readonly string[]
}

export interface GridOptions {
  /** Results go to `runs/NAME.json` in this folder. */
  readonly out: string
  /** Of the program, so that results of another one are measured again. */
  readonly version: string
  /** How many cells are measured at once. */
  readonly jobs: number
  readonly open: () => Measurer
  /** Makes what all cells share, with all that the machine has; here unless given. */
  readonly openFirst?: () => Preparer
  /** Measure everything again. */
  readonly fresh?: boolean
  /** Folders of results from elsewhere, which are taken for runs that have none here. */
  readonly merge?: readonly string[]
  /** Told of each run that was taken from another folder, and which machine measured it. */
  readonly onMerged?: (run: string, folder: string, machine: string) => void
  readonly onProgress?: (progress: GridProgress) => void
  /** Told how far what all cells share has come, and what is counted. */
  readonly onPreparing?: (done: number, total: number, what: string) => void
  readonly signal?: AbortSignal
}

/** Settings that only say where something lies, which is another place on another machine. What it holds, `check` compares. */
const placeNames: ReadonlySet<string> = new Set(['dataDir', 'prepared'])

/** A result, and the machine that measured it. */
export interface KeptRun extends Kept {
  readonly machine: string
}

/** What decides a result; kept beside it. */
const stampOf = (experiment: Experiment, { seed, settings }: Cell<unknown>, version: string): string =>
  JSON.stringify({ experiment: experiment.name, version, seed, settings }, (name, value: unknown) =>
    placeNames.has(name) ? undefined : value,
  )

const entrySchema = z.object({
  stamp: z.string(),
  name: z.string(),
  seconds: z.number(),
  /** Results of before it was written down have none. */
  machine: z.string().default('a machine that was not recorded'),
  result: z.unknown(),
})

type Entry = z.infer<typeof entrySchema>

const pathOf = (out: string, name: string): string => join(out, 'runs', `${name}.json`)

/** Where a cell that is measured may keep what it needs to go on after a kill. */
const workOf = (out: string, name: string): string => join(out, 'work', name)

/** The kept result of a cell; undefined when there is none, it is damaged, or it was measured under other terms. */
async function keptResult(
  experiment: Experiment,
  cell: Cell<unknown>,
  { out, version }: Pick<GridOptions, 'out' | 'version'>,
): Promise<KeptRun | undefined> {
  try {
    const entry = entrySchema.parse(JSON.parse(await readFile(pathOf(out, cell.name), 'utf8')))
    if (entry.stamp !== stampOf(experiment, cell, version)) return undefined
    const { seconds, machine, result } = entry
    return experiment.accepts(result) ? { name: cell.name, seconds, machine, result } : undefined
  } catch {
    return undefined
  }
}

async function keep(
  experiment: Experiment,
  cell: Cell<unknown>,
  kept: KeptRun,
  { out, version }: Pick<GridOptions, 'out' | 'version'>,
): Promise<void> {
  const entry: Entry = { stamp: stampOf(experiment, cell, version), ...kept }
  await writeFileAtomic(pathOf(out, cell.name), JSON.stringify(entry) + '\n')
}

/** Why a folder has nothing to merge. */
async function emptyMerge(folder: string, experiment: Experiment, version: string): Promise<WhitewaterError> {
  const files = await readdir(join(folder, 'runs')).catch(() => undefined)
  if (!files)
    return usageError(
      `--merge ${folder} is no folder of results: expected one that \`whitewater reproduce ${experiment.name}\` wrote, with runs/ in it`,
    )
  return usageError(
    `--merge ${folder} has none of the runs asked for: expected results of \`whitewater reproduce ${experiment.name}\` with the same options, by version ${version}`,
  )
}

/**
 * Results of the cells in another folder, which is only read.
 * @throws WhitewaterError (usage) for a folder without a result that fits
 */
async function mergedFrom(
  folder: string,
  experiment: Experiment,
  cells: readonly Cell<unknown>[],
  { version }: GridOptions,
): Promise<KeptRun[]> {
  const found = await Promise.all(cells.map((cell) => keptResult(experiment, cell, { out: folder, version })))
  const fitting = found.filter((kept) => kept !== undefined)
  if (fitting.length > 0) return fitting
  throw await emptyMerge(folder, experiment, version)
}

/** The results that lack here, from elsewhere. Nothing is kept of them unless all go with what is prepared here. */
async function merge(
  experiment: Experiment,
  cells: readonly Cell<unknown>[],
  results: Map<string, KeptRun>,
  options: GridOptions,
  prepared: unknown,
): Promise<void> {
  const taken: { readonly cell: Cell<unknown>; readonly kept: KeptRun; readonly folder: string }[] = []
  for (const folder of options.merge ?? []) {
    for (const kept of await mergedFrom(folder, experiment, cells, options)) {
      experiment.check({ ...kept, name: `${kept.name} of ${folder}` }, prepared)
      const cell = cells.find(({ name }) => name === kept.name)
      if (cell) taken.push({ cell, kept, folder })
    }
  }
  for (const { cell, kept, folder } of taken) {
    if (results.has(cell.name)) continue
    await keep(experiment, cell, kept, options)
    results.set(cell.name, kept)
    options.onMerged?.(cell.name, folder, kept.machine)
  }
}

/** The result as a file gives it back. @throws WhitewaterError (failure) for numbers that JSON does not have */
function asKept(experiment: Experiment, name: string, seconds: number, result: unknown): KeptRun {
  const read: unknown = JSON.parse(JSON.stringify(result))
  if (experiment.accepts(read)) return { name, seconds, machine: machineText(), result: read }
  throw failureError(`${experiment.name}: run ${name} gave a result that is not finite or not complete`)
}

function checkNames(experiment: Experiment, cells: readonly Cell<unknown>[]): void {
  const names = cells.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  const bad = names.find((name) => !/^[\w.+-]+$/.test(name))
  if (twice ?? bad) throw new RangeError(`${experiment.name}: '${twice ?? bad}' cannot name a run's file`)
}

/** What is kept of the cells, by name. */
async function takeStock(experiment: Experiment, cells: readonly Cell<unknown>[], options: GridOptions) {
  await makeFolder(join(options.out, 'runs'))
  if (options.fresh) {
    for (const { name } of cells) {
      await rm(pathOf(options.out, name), { force: true })
      await rm(workOf(options.out, name), { recursive: true, force: true })
    }
  }
  const found = await Promise.all(cells.map((cell) => keptResult(experiment, cell, options)))
  return new Map(found.flatMap((kept) => (kept ? [[kept.name, kept] as const] : [])))
}

/** The error of a run, saying which it was. */
const failedRun = (name: string, error: unknown): Error =>
  error instanceof WhitewaterError
    ? new WhitewaterError(error.kind, `run ${name}: ${error.message}`, { cause: error })
    : failureError(`run ${name}: ${error instanceof Error ? error.message : String(error)}`, error)

/**
 * Measures every cell that is not kept yet and returns all results in the order of the grid.
 * @param prepared what all cells share, where they do
 * @throws what a run throws, naming it, results so far are kept; where a kept result goes with something else that was shared
 */
export async function runGrid(
  experiment: Experiment,
  request: Asked,
  options: GridOptions,
  prepared?: unknown,
): Promise<readonly KeptRun[]> {
  const cells = experiment.cells(request)
  checkNames(experiment, cells)
  const results = await takeStock(experiment, cells, options)
  results.forEach((kept) => experiment.check(kept, prepared))
  await merge(experiment, cells, results, options, prepared)
  const queue = cells.filter(({ name }) => !results.has(name))
  const kept = results.size
  const shares = new Map<string, number>()
  const report = (): void => {
    const done = results.size + [...shares.values()].reduce((sum, share) => sum + share, 0)
    options.onProgress?.({ cells: cells.length, done, kept, running: [...shares.keys()] })
  }
  report()

  const measureOne = async (measurer: Measurer, cell: Cell<unknown>): Promise<void> => {
    const start = performance.now()
    const update = (done: number, total: number): void => {
      shares.set(cell.name, Math.min(1, done / total))
      report()
    }
    update(0, 1)
    const result = await measurer
      .measure(cell.name, update, workOf(options.out, cell.name))
      .catch((error: unknown) => {
        throw options.signal?.aborted ? options.signal.reason : failedRun(cell.name, error)
      })
    const one = asKept(experiment, cell.name, (performance.now() - start) / 1000, result)
    await keep(experiment, cell, one, options)
    await rm(workOf(options.out, cell.name), { recursive: true, force: true })
    shares.delete(cell.name)
    results.set(cell.name, one)
    report()
  }

  await measureAll(queue, measureOne, options)
  return cells.flatMap(({ name }) => results.get(name) ?? [])
}

/** As many measurers as jobs work off the queue; the first failure, or a signal, ends them all. */
async function measureAll(
  queue: readonly Cell<unknown>[],
  measureOne: (measurer: Measurer, cell: Cell<unknown>) => Promise<void>,
  { jobs, open, signal }: GridOptions,
): Promise<void> {
  const left = [...queue]
  signal?.throwIfAborted()
  const measurers = Array.from({ length: Math.min(jobs, left.length) }, open)
  const closeAll = async (): Promise<void> => {
    left.length = 0
    await Promise.all(measurers.map((measurer) => measurer.close()))
  }
  const onAbort = (): void => void closeAll()
  signal?.addEventListener('abort', onAbort)
  try {
    await Promise.all(
      measurers.map(async (measurer) => {
        for (let cell = left.shift(); cell; cell = left.shift()) await measureOne(measurer, cell)
      }),
    )
    signal?.throwIfAborted()
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await closeAll()
  }
}
