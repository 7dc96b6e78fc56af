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
  version: string,
): Promise<KeptRun[]> {
  const found = await Promise.all(cells.map((cell) => keptResult(experiment, cell, { out: folder, version })))
  const fitting = found.filter((kept) => kept !== undefined)
  if (fitting.length > 0) return fitting
  throw await emptyMerge(folder, experiment, version)
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
    for (const kept of await mergedFrom(folder, experiment, cells, options.version)) {
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
