// The preconditioners by name, saving and loading. Adding one adds a file and an entry here.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CompileOptions, NdArray } from '@whitewater/tensor'
import { z } from 'zod'
import { readSafetensors, writeSafetensors } from '../data/files.ts'
import { makeFolder, readReasonOf, writeFileAtomic } from '../data/write.ts'
import { failureError, unknownName, usageError } from '../errors.ts'
import { chain, link, restoreChain, settingsAt } from './chain.ts'
import { identityKind } from './identity.ts'
import type { Kind, Restore } from './kind.ts'
import { perClass, prefix, restorePerClass } from './per-class.ts'
import type { FittedPreconditioner, Preconditioner, Settings } from './preconditioner.ts'
import { standardiseKind } from './standardise.ts'
import { zcaKind } from './zca.ts'

/** Every kind, a line each. Names also combine: `class-zca` is zca a class, `zca+real-nvp` one after the other. */
const kinds: readonly Kind[] = [identityKind, standardiseKind, zcaKind]

/** What lists and messages offer: the kinds, and those that are useful a class. */
export const preconditionerKinds: readonly string[] = [
  ...kinds.map(({ name }) => name),
  ...['standardise', 'zca'].map((name) => prefix + name),
]

/** Those that are fitted in closed form, without training. */
export const closedFormKinds: readonly string[] = preconditionerKinds.filter(
  (name) => !kinds.some((kind) => kind.name === name && kind.trained),
)

const kindNamed = (name: string): Kind => {
  const found = kinds.find((kind) => kind.name === name)
  if (!found) throw unknownName('preconditioner', name, preconditionerKinds)
  return found
}

/** The kind inside `class-...`; undefined for other names. */
const innerOf = (name: string): string | undefined =>
  name.startsWith(prefix) && !kinds.some((kind) => kind.name === name) ? name.slice(prefix.length) : undefined

/**
 * A preconditioner by its name: 'zca'; 'class-zca' (one map a class); 'zca+real-nvp' (one after the other, options numbered:
 * `1.width`).
 * @throws WhitewaterError (usage) for a name or an option that there is not
 */
export function preconditioner(name: string, options: Settings = {}): Preconditioner {
  if (name.includes(link))
    return chain(...name.split(link).map((part, at) => preconditioner(part, settingsAt(options, at))))
  const inner = innerOf(name)
  return inner === undefined ? kindNamed(name).make(options) : perClass(preconditioner(inner, options))
}

/** @throws WhitewaterError (usage) for a name that `preconditioner` would refuse */
export function checkPreconditioner(name: string): string {
  name.split(link).forEach((part) => kindNamed(innerOf(part) ?? part))
  return name
}

function restoreOf(name: string): Restore {
  if (name.includes(link)) return restoreChain(restoreOf)
  const inner = innerOf(name)
  return inner === undefined ? kindNamed(name).restore : restorePerClass(restoreOf(inner))
}

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
  return restoreOf(parsed.data.kind)({ ...parsed.data, tensors }, engine)
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
