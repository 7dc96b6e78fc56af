// Training where there are no folders.
import { usageError } from '../errors.ts'
import type { Generator } from './generator.ts'
import { trainInMemory, type TrainOptions, type TrainResult } from './train.ts'

const ofFolders = ['folder', 'source', 'resume']

/**
 * As `train`, telling also where training stopped.
 * @throws WhitewaterError (usage) for settings that do not hold, or what only a run in a folder has; failure when the loss is no longer
 *   finite
 */
export async function trainRun(options: TrainOptions): Promise<TrainResult> {
  const refused = ofFolders.find((name) => name in options)
  if (refused !== undefined)
    throw usageError(`a browser has no folders to keep a run in: train without '${refused}', in memory`)
  return trainInMemory(options)
}

/**
 * Trains a preconditioned flow-matching generator (Algorithm 1), in memory.
 * @throws WhitewaterError as `trainRun`
 */
export const train = async (options: TrainOptions): Promise<Generator> => (await trainRun(options)).generator
