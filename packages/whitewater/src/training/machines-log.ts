// machines.jsonl: a line for each time that a run was begun or taken up, since other processors round differently.
import { appendFile, readFile } from 'node:fs/promises'
import { machineText } from '@whitewater/tensor'
import { z } from 'zod'
import { readJsonLines } from '../data/json-lines.ts'
import { reasonOf } from '../data/write.ts'
import { failureError } from '../errors.ts'
import { version } from '../version.ts'

const lifeSchema = z.object({
  /** The step from which the run went on; 0 for its beginning. */
  step: z.int(),
  machine: z.string(),
  version: z.string(),
  date: z.string(),
})

/** A stretch of training without interruption. */
export type Life = z.infer<typeof lifeSchema>

/** @throws WhitewaterError (failure) for a file that cannot be written */
export async function noteMachine(path: string, step: number): Promise<void> {
  const life: Life = { step, machine: machineText(), version, date: new Date().toISOString() }
  // A kill may have cut the last line short: what follows begins a line of its own.
  const before = await readFile(path, 'utf8').catch(() => '')
  const start = before === '' || before.endsWith('\n') ? '' : '\n'
  await appendFile(path, start + JSON.stringify(life) + '\n').catch((error: unknown) => {
    throw failureError(`cannot write ${path}: ${reasonOf(error)}`, error)
  })
}

/** Oldest first; none for a run of before there was this file. */
export const readMachines = (path: string): Promise<Life[]> => readJsonLines(path, lifeSchema)
