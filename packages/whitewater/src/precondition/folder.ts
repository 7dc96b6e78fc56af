// Fitted preconditioners in folders.
import type { CompileOptions } from '@whitewater/tensor'
import type { FittedPreconditioner } from './preconditioner.ts'
import { restorePreconditioner } from './registry.ts'
import { holdsSaved, readSaved, writeSaved } from './saved.ts'

const files = {
  name: 'preconditioner',
  source: 'a folder written by `precondition fit`, or the preconditioner/ of a run',
}

/** Writes `preconditioner.json` and `preconditioner.safetensors` into the folder. */
export const savePreconditioner = (folder: string, fitted: FittedPreconditioner): Promise<void> =>
  writeSaved(folder, files, fitted)

/** Whether `savePreconditioner` has come to its end in this folder. */
export const holdsPreconditioner = (folder: string): Promise<boolean> => holdsSaved(folder, files)

/** @throws WhitewaterError when the folder holds no preconditioner, or a damaged one */
export const loadPreconditioner = async (
  folder: string,
  engine?: CompileOptions,
): Promise<FittedPreconditioner> => restorePreconditioner(await readSaved(folder, files), engine)
