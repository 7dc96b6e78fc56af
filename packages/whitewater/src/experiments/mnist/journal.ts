// What a run of Table 1 has measured so far, kept beside its checkpoints, so that a killed run goes on without measuring again.
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonLines } from '../../data/json-lines.ts'
import { makeFolder, writeFileAtomic } from '../../data/write.ts'
import { stepReached } from '../../runs/files.ts'
import { fitLookSchema, lookSchema, spentSchema, type FitLook, type Look, type Spent } from './result.ts'
import { nothing } from './stopwatch.ts'

const keptSchema = z.object({
  fit: spentSchema,
  whileFitting: z.array(fitLookSchema),
  looks: z.array(lookSchema),
})
const reachedSchema = z.object({ step: z.number(), spent: spentSchema, loss: z.number() })
type Reached = z.infer<typeof reachedSchema>

export interface Journal {
  /** Folder of the run's checkpoints; undefined where nothing is kept. */
  readonly run?: string
  /** Step that training goes on from, and what it had cost until there. */
  readonly start: number
  readonly spent: Spent
  readonly fit: Spent
  readonly looks: readonly Look[]
  readonly whileFitting: readonly FitLook[]
  readonly losses: readonly { readonly step: number; readonly loss: number }[]
  fitted(spent: Spent): Promise<void>
  lookedWhileFitting(look: FitLook): void
  looked(look: Look): Promise<void>
  reached(at: Reached): Promise<void>
}

async function readKept(path: string) {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined
    ? { fit: nothing, whileFitting: [], looks: [] }
    : keptSchema.parse(JSON.parse(text))
}

/** Opens the journal of a run in `folder`, or one that only remembers. Looks after the newest checkpoint are taken again. */
export async function openJournal(folder: string | undefined): Promise<Journal> {
  const files = folder && { kept: join(folder, 'looks.json'), reached: join(folder, 'reached.jsonl') }
  const run = folder && join(folder, 'run')
  if (folder) await makeFolder(folder)
  const start = run ? await stepReached(run) : 0
  const before = files
    ? (await readJsonLines(files.reached, reachedSchema)).filter(({ step }) => step <= start)
    : []
  const old = files ? await readKept(files.kept) : { fit: nothing, whileFitting: [], looks: [] }
  let fit = start > 0 ? old.fit : nothing
  const whileFitting = start > 0 ? [...old.whileFitting] : []
  const looks = old.looks.filter(({ step }) => step <= start)
  const lines = [...before]
  const save = async (): Promise<void> => {
    if (files) await writeFileAtomic(files.kept, JSON.stringify({ fit, whileFitting, looks }) + '\n')
  }
  if (files) await writeFileAtomic(files.reached, lines.map((line) => JSON.stringify(line) + '\n').join(''))
  return {
    run,
    start,
    looks,
    whileFitting,
    spent: before.at(-1)?.spent ?? nothing,
    get fit() {
      return fit
    },
    get losses() {
      return lines.map(({ step, loss }) => ({ step, loss }))
    },
    fitted(spent) {
      fit = spent
      return save()
    },
    lookedWhileFitting: (look) => void whileFitting.push(look),
    looked(look) {
      looks.push(look)
      return save()
    },
    async reached(at) {
      lines.push(at)
      if (files) await appendFile(files.reached, JSON.stringify(at) + '\n')
    },
  }
}
