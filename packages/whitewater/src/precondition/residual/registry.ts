// The time-dependent preconditioners by name, saving and loading. Adding one adds a file and an entry here.
import { namesOf, oneNamed, textsOf } from '../../flow/named.ts'
import type { Kind } from '../kind.ts'
import type { Settings } from '../preconditioner.ts'
import { holdsSaved, readSaved, writeSaved } from '../saved.ts'
import type { FittedTimeDependent, TimeDependent } from '../time-dependent.ts'
import { gaussianResidualKind } from './gaussian.ts'
import { mixtureResidualKind } from './mixture.ts'

const kinds: readonly Kind<TimeDependent, FittedTimeDependent>[] = [gaussianResidualKind, mixtureResidualKind]

export const timeDependentKinds: readonly string[] = namesOf(kinds)
export const timeDependentTexts = textsOf(kinds)

const kindNamed = (name: string): Kind<TimeDependent, FittedTimeDependent> =>
  oneNamed('residual', kinds, name)

/** @throws WhitewaterError (usage) for a name or an option that there is not */
export const timeDependent = (name: string, options: Settings = {}): TimeDependent =>
  kindNamed(name).make(options)

const files = { name: 'residual', source: 'the residual/ of a run' }

/** Writes `residual.json` and `residual.safetensors` into the folder. */
export const saveTimeDependent = (folder: string, fitted: FittedTimeDependent): Promise<void> =>
  writeSaved(folder, files, fitted)

/** Whether `saveTimeDependent` has come to its end in this folder. */
export const holdsTimeDependent = (folder: string): Promise<boolean> => holdsSaved(folder, files)

/** @throws WhitewaterError when the folder holds no residual, or a damaged one */
export async function loadTimeDependent(folder: string): Promise<FittedTimeDependent> {
  const saved = await readSaved(folder, files)
  return kindNamed(saved.kind).restore(saved)
}
