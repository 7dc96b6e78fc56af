// A generator from what a run folder keeps.
import type { CompileOptions } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { pathNamed } from '../flow/paths.ts'
import { predictionNamed } from '../flow/prediction.ts'
import { parametersOf } from '../nn/network.ts'
import { networkNamed, usualNetwork } from '../nn/networks/registry.ts'
import { loadPreconditioner } from '../precondition/folder.ts'
import { loadResidual } from '../precondition/residual/folder.ts'
import { newestCheckpoint, readCheckpoint } from '../training/checkpoint-files.ts'
import { Generator } from '../generator/generator.ts'
import type { FieldForm } from '../generator/parts.ts'
import { generatorPaths, readConfig, readModelFacts } from './generator-folder.ts'

/** The generator of a run folder, with the weights of its newest checkpoint. */
export async function loadGenerator(folder: string, engine: CompileOptions = {}): Promise<Generator> {
  const facts = await readModelFacts(folder)
  const config = await readConfig(folder)
  const { features, labelCounts } = facts
  const network = networkNamed(config.field ?? { kind: usualNetwork(features) })
  const fitted = await loadPreconditioner(generatorPaths(folder).preconditioner, engine)
  const form: FieldForm = {
    path: pathNamed(config.path),
    prediction: predictionNamed(config.prediction),
    ...(config.residual.kind !== 'none' && { residual: await loadResidual(generatorPaths(folder).residual) }),
  }
  const newest = await newestCheckpoint(generatorPaths(folder).checkpoints)
  if (!newest)
    throw failureError(
      `${folder} holds no checkpoint yet: train it further with \`whitewater train --resume ${folder}\``,
    )
  const parameters = parametersOf(network, features, labelCounts?.length)
  const { state } = await readCheckpoint(newest, parameters)
  return new Generator(
    {
      field: network,
      form,
      preconditioner: fitted,
      features,
      labelCounts,
      parameters,
      weights: state.average,
    },
    engine,
  )
}
