// Fitted residuals in folders.
import { holdsSaved, readSaved, writeSaved } from '../saved.ts'
import { restoreResidual } from './registry.ts'
import type { FittedResidual } from './residual.ts'

const files = { name: 'residual', source: 'the residual/ of a run' }

/** Writes `residual.json` and `residual.safetensors` into the folder. */
export const saveResidual = (folder: string, fitted: FittedResidual): Promise<void> =>
  writeSaved(folder, files, fitted)

/** Whether `saveResidual` has come to its end in this folder. */
export const holdsResidual = (folder: string): Promise<boolean> => holdsSaved(folder, files)

/** @throws WhitewaterError when the folder holds no residual, or a damaged one */
export const loadResidual = async (folder: string): Promise<FittedResidual> =>
  restoreResidual(await readSaved(folder, files))
