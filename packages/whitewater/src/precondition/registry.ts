// The preconditioners by name, saving and loading. Adding one adds a file and an entry here.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CompileOptions, NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import { readSafetensors, writeSafetensors } from '../data/files.ts'
import { makeFolder, readReasonOf, writeFileAtomic } from '../data/write.ts'
import { failureError, unknownName, usageError } from '../errors.ts'
import { restoreAffine, type Saved } from './affine.ts'
import { fittedIdentity, identity } from './identity.ts'
import { perClass, restorePerClass } from './per-class.ts'
import type { FittedPreconditioner, Preconditioner } from './preconditioner.ts'
import { standardise } from './standardise.ts'
import { zca } from './zca.ts'

interface Entry {
  readonly make: (options: Readonly<Record<string, number>>) => Preconditioner
  readonly restore: (saved: Saved, engine?: CompileOptions) => FittedPreconditioner
}

const entries: Readonly<Record<string, Entry>> = {
  none: { make: identity, restore: ({ features }) => fittedIdentity(features) },
  standardise: { make: standardise, restore: restoreAffine },
  zca: { make: zca, restore: restoreAffine },
  'class-standardise': {
    make: (options) => perClass(standardise(options)),
    restore: restorePerClass(restoreAffine),
  },
  'class-zca': { make: (options) => perClass(zca(options)), restore: restorePerClass(restoreAffine) },
}

export const preconditionerKinds: readonly string[] = Object.keys(entries)

function entryOf(kind: string): Entry {
  if (!Object.hasOwn(entries, kind)) throw unknownName('preconditioner', kind, preconditionerKinds)
  return entries[kind]
}

/** A preconditioner by its name: 'none', 'standardise', 'zca', 'class-zca'. */
export const preconditioner = (
  kind: string,
  options: Readonly<Record<string, number>> = {},
): Preconditioner => entryOf(kind).make(options)

const settings = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
const savedSchema = z.object({
  kind: z.string(),
  options: settings,
  features: z.array(z.number()),
  description: settings,
})

/** Writes `preconditioner.json` and `preconditioner.safetensors` into the folder. */
export async function savePreconditioner(folder: string, fitted: FittedPreconditioner): Promise<void> {
  await makeFolder(folder)
  const { kind, options, features } = fitted
  await writeSafetensors(join(folder, 'preconditioner.safetensors'), fitted.tensors, { kind })
  const json = JSON.stringify({ kind, options, features, description: fitted.describe() }, null, 2)
  await writeFileAtomic(join(folder, 'preconditioner.json'), json + '\n')
}

/** Whether `savePreconditioner` has come to its end in this folder. */
export const holdsPreconditioner = (folder: string): Promise<boolean> =>
  stat(join(folder, 'preconditioner.json')).then(
    () => true,
    () => false,
  )

/** @throws WhitewaterError when the folder holds no preconditioner, or a damaged one */
export async function loadPreconditioner(
  folder: string,
  engine?: CompileOptions,
): Promise<FittedPreconditioner> {
  const path = join(folder, 'preconditioner.json')
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError(
      `${folder} holds no preconditioner (${readReasonOf(error)}: ${path}), expected a folder written by \`precondition fit\`, or the preconditioner/ of a run`,
    )
  })
  const parsed = savedSchema.safeParse(safeJson(text))
  if (!parsed.success)
    throw failureError(`${path} is damaged: expected kind, options, features and description; fit again`)
  const { tensors }: { tensors: ReadonlyMap<string, NdArray> } = await readSafetensors(
    join(folder, 'preconditioner.safetensors'),
  )
  return entryOf(parsed.data.kind).restore({ ...parsed.data, tensors }, engine)
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
