// Results as they are kept, a file a run, each with what decided it: a grid that was stopped goes on where it was.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../../data/write.ts'
import type { Cell, Experiment, Kept } from './experiment.ts'

/** Where results are kept, and whose they are. */
export interface Results {
  /** Results go to `runs/NAME.json` in this folder. */
  readonly out: string
  /** Version of the program: results of another are measured again. */
  readonly version: string
  /** What the data hold that runs are measured on, where they are a file of a person's own. */
  readonly data?: string
}

/** Settings that only say where something lies, which is another place on another machine. What it holds, `check` compares. */
const placeNames: ReadonlySet<string> = new Set(['dataDir', 'prepared'])

/** A result, and the machine that measured it. */
export interface KeptRun extends Kept {
  readonly machine: string
}

/** What decides a result; kept beside it. */
const stampOf = (
  experiment: Experiment,
  { seed, settings }: Cell<unknown>,
  { version, data }: Omit<Results, 'out'>,
): string =>
  JSON.stringify({ experiment: experiment.name, version, seed, settings, data }, (name, value: unknown) =>
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

export const pathOf = (out: string, name: string): string => join(out, 'runs', `${name}.json`)

/** Where a cell that is measured may keep what it needs to go on after a kill. */
export const workOf = (out: string, name: string): string => join(out, 'work', name)

/** The kept result of a cell; undefined when there is none, it is damaged, or it was measured under other terms. */
export async function keptResult(
  experiment: Experiment,
  cell: Cell<unknown>,
  results: Results,
): Promise<KeptRun | undefined> {
  try {
    const entry = entrySchema.parse(JSON.parse(await readFile(pathOf(results.out, cell.name), 'utf8')))
    if (entry.stamp !== stampOf(experiment, cell, results)) return undefined
    const { seconds, machine, result } = entry
    return experiment.accepts(result) ? { name: cell.name, seconds, machine, result } : undefined
  } catch {
    return undefined
  }
}

export async function keep(
  experiment: Experiment,
  cell: Cell<unknown>,
  kept: KeptRun,
  results: Results,
): Promise<void> {
  const entry: Entry = { stamp: stampOf(experiment, cell, results), ...kept }
  await writeFileAtomic(pathOf(results.out, cell.name), JSON.stringify(entry) + '\n')
}
