// Runs the cells of an experiment, several at once, and keeps each result as it comes: a grid that was stopped goes on where it was.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { machineText } from '@whitewater/tensor'
import { failureError, WhitewaterError } from '../../errors.ts'
import { makeFolder } from '../../data/write.ts'
import type { Asked, Cell, Experiment, Measuring } from './experiment.ts'
import { keep, keptResult, pathOf, workOf, type KeptRun } from './kept-runs.ts'
import { merge, type MergeOptions } from './merge.ts'

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
  /** Cells of `done` kept from an earlier run. */
  readonly kept: number
  readonly running: readonly string[]
}

export interface GridOptions extends MergeOptions {
  /** How many cells are measured at once. */
  readonly jobs: number
  readonly open: () => Measurer
  /** Makes what all cells share, with all that the machine has; here unless given. */
  readonly openFirst?: () => Preparer
  /** Measure everything again. */
  readonly fresh?: boolean
  readonly onProgress?: (progress: GridProgress) => void
  /** Told how far what all cells share has come, and what is counted. */
  readonly onPreparing?: (done: number, total: number, what: string) => void
  readonly signal?: AbortSignal
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
