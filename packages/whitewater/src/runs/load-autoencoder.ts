// An autoencoder from what a run folder keeps.
import type { CompileOptions } from '@whitewater/tensor'
import { failureError, usageError } from '../errors.ts'
import { planOf } from '../nn/vae/plan.ts'
import { newestCheckpoint, readCheckpoint } from '../training/checkpoint-files.ts'
import { Autoencoder } from '../autoencoder/autoencoder.ts'
import { parametersOfPlan } from '../autoencoder/parts.ts'
import { readFacts } from './autoencoder-folder.ts'
import { runPaths } from './files.ts'

/**
 * The autoencoder of a run folder, with the averaged weights of its newest checkpoint.
 * @throws WhitewaterError: usage for a folder without one, or one that is still trained; failure where its files do not fit each other
 */
export async function loadAutoencoder(folder: string, engine: CompileOptions = {}): Promise<Autoencoder> {
  const { hash, image, network, normalisation, step } = await readFacts(folder)
  const plan = planOf(image, network)
  const parameters = parametersOfPlan(plan)
  const newest = await newestCheckpoint(runPaths(folder).checkpoints)
  if (!newest) throw failureError(`${folder} has lost its checkpoint: restore it, or train again`)
  const checkpoint = await readCheckpoint(newest, parameters)
  if (checkpoint.step !== step)
    throw usageError(
      `${folder} was trained on from step ${step} to ${checkpoint.step} without coming to its end: go on with \`whitewater train --resume ${folder}\` first`,
    )
  const autoencoder = new Autoencoder(
    { plan, parameters, weights: checkpoint.state.average, normalisation },
    engine,
  )
  if (autoencoder.hash !== hash)
    throw failureError(
      `the weights of ${folder} are not those that its model.json names: restore both, or train again`,
    )
  return autoencoder
}
