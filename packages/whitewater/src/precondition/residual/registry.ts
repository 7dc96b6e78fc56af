// The residuals by name, saving and loading. Adding one adds a file and an entry here.
import { namesOf, oneNamed, textsOf } from '../../kinds/named-kind.ts'
import type { Kind } from '../kind.ts'
import type { Settings } from '../preconditioner.ts'
import { holdsSaved, readSaved, writeSaved } from '../saved.ts'
import type { FittedResidual, Residual } from './residual.ts'
import { gaussianResidualKind } from './gaussian.ts'
import { mixtureResidualKind } from './mixture.ts'

const kinds: readonly Kind<Residual, FittedResidual>[] = [gaussianResidualKind, mixtureResidualKind]

export const residualKinds: readonly string[] = namesOf(kinds)
export const residualTexts = textsOf(kinds)

const kindNamed = (name: string): Kind<Residual, FittedResidual> => oneNamed('residual', kinds, name)

/** @throws WhitewaterError (usage) for a name or an option that there is not */
export const residualNamed = (name: string, options: Settings = {}): Residual => kindNamed(name).make(options)

const files = { name: 'residual', source: 'the residual/ of a run' }

/** Writes `residual.json` and `residual.safetensors` into the folder. */
export const saveResidual = (folder: string, fitted: FittedResidual): Promise<void> =>
  writeSaved(folder, files, fitted)

/** Whether `saveResidual` has come to its end in this folder. */
export const holdsResidual = (folder: string): Promise<boolean> => holdsSaved(folder, files)

/** @throws WhitewaterError when the folder holds no residual, or a damaged one */
export async function loadResidual(folder: string): Promise<FittedResidual> {
  const saved = await readSaved(folder, files)
  return kindNamed(saved.kind).restore(saved)
}
