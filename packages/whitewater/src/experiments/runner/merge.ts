// Results that were measured elsewhere, taken for runs that have none here.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { usageError, type WhitewaterError } from '../../errors.ts'
import type { Cell, Experiment } from './experiment.ts'
import { keep, keptResult, type KeptRun, type Results } from './kept-runs.ts'

export interface MergeOptions extends Results {
  /** Folders of results from elsewhere. */
  readonly merge?: readonly string[]
  /** Told of each run that was taken from another folder, and which machine measured it. */
  readonly onMerged?: (run: string, folder: string, machine: string) => void
}

/** Why a folder has nothing to merge. */
async function emptyMerge(folder: string, experiment: Experiment, version: string): Promise<WhitewaterError> {
  const files = await readdir(join(folder, 'runs')).catch(() => undefined)
  if (!files)
    return usageError(
      `--merge ${folder} is no folder of results: expected one that \`whitewater reproduce ${experiment.name}\` wrote, with runs/ in it`,
    )
  return usageError(
    `--merge ${folder} has none of the runs asked for: expected results of \`whitewater reproduce ${experiment.name}\` with the same options on the same data, by version ${version}`,
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
  { version, data }: MergeOptions,
): Promise<KeptRun[]> {
  const there = { out: folder, version, data }
  const found = await Promise.all(cells.map((cell) => keptResult(experiment, cell, there)))
  const fitting = found.filter((kept) => kept !== undefined)
  if (fitting.length > 0) return fitting
  throw await emptyMerge(folder, experiment, version)
}

/**
 * Looks at the folders before anything is made for the runs.
 * @throws WhitewaterError (usage) for a folder without a result that fits
 */
export async function checkMerge(
  experiment: Experiment,
  cells: readonly Cell<unknown>[],
  options: MergeOptions,
): Promise<void> {
  for (const folder of options.merge ?? []) await mergedFrom(folder, experiment, cells, options)
}

/** The results that lack here, from elsewhere. Nothing is kept of them unless all go with what is prepared here. */
export async function merge(
  experiment: Experiment,
  cells: readonly Cell<unknown>[],
  results: Map<string, KeptRun>,
  options: MergeOptions,
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
