// A fitted map in a folder, in two standard files: what it is as json, its arrays as safetensors.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import { readSafetensors, writeSafetensors } from '../data/files.ts'
import { makeFolder, readReasonOf, writeFileAtomic } from '../data/write.ts'
import { failureError, usageError } from '../errors.ts'
import type { Saved } from './kind.ts'
import type { Settings } from './preconditioner.ts'

/** What the files of one sort of map are called. */
export interface SavedFiles {
  /** `NAME.json` and `NAME.safetensors`; also what messages call the map. */
  readonly name: string
  /** Where such a folder comes from, for messages. */
  readonly source: string
}

/** What there is to keep of a fitted map. */
export interface Savable {
  readonly kind: string
  readonly options: Settings
  readonly features: readonly number[]
  describe(): Settings
  readonly tensors: ReadonlyMap<string, NdArray>
}

const settings = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
const schema = z.object({
  kind: z.string(),
  options: settings,
  features: z.array(z.number()),
  description: settings,
})

/** Writes `NAME.safetensors`, then `NAME.json`, into the folder. */
export async function writeSaved(folder: string, { name }: SavedFiles, fitted: Savable): Promise<void> {
  await makeFolder(folder)
  const { kind, options, features } = fitted
  await writeSafetensors(join(folder, `${name}.safetensors`), fitted.tensors, { kind })
  const json = JSON.stringify({ kind, options, features, description: fitted.describe() }, null, 2)
  await writeFileAtomic(join(folder, `${name}.json`), json + '\n')
}

/** Whether `writeSaved` has come to its end in this folder. */
export const holdsSaved = (folder: string, { name }: SavedFiles): Promise<boolean> =>
  stat(join(folder, `${name}.json`)).then(
    () => true,
    () => false,
  )

/** @throws WhitewaterError when the folder holds no such map, or a damaged one */
export async function readSaved(folder: string, { name, source }: SavedFiles): Promise<Saved> {
  const path = join(folder, `${name}.json`)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(`${folder} holds no ${name} (${readReasonOf(error)}: ${path}), expected ${source}`)
  })
  const parsed = schema.safeParse(safeJson(text))
  if (!parsed.success)
    throw failureError(`${path} is damaged: expected kind, options, features and description; fit again`)
  const { tensors } = await readSafetensors(join(folder, `${name}.safetensors`))
  return { ...parsed.data, tensors }
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
