// A generator from what a run folder keeps.
import { input, type CompileOptions } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import type { FieldNetwork } from '../nn/network.ts'
import { declare, type Parameter } from '../nn/scope.ts'
import { loadPreconditioner } from '../precondition/registry.ts'
import { newestCheckpoint, readCheckpoint } from '../training/checkpoint.ts'
import { defaultField, networkOf } from './field.ts'
import { Generator } from './generator.ts'
import { plainForm } from './parts.ts'
import { paths, readConfig, readModelFacts } from './run-folder.ts'

/** The parameters a network declares for samples of this shape. */
export function parametersOf(
  network: FieldNetwork,
  features: readonly number[],
  classes: number | undefined,
): readonly Parameter[] {
  const x = input('x', [1, ...features])
  const labels = classes === undefined ? undefined : input('labels', [1], 'int32')
  return declare((p) => network.build(p, { x, t: input('t', [1]), labels, classes })).parameters
}

/** The generator of a run folder, with the weights of its newest checkpoint. */
export async function loadGenerator(folder: string, engine: CompileOptions = {}): Promise<Generator> {
  const facts = await readModelFacts(folder)
  const config = await readConfig(folder)
  const { features, labelCounts } = facts
  const network = networkOf(config.field ?? defaultField(features))
  const fitted = await loadPreconditioner(paths(folder).preconditioner, engine)
  const path = await newestCheckpoint(paths(folder).checkpoints)
  if (!path)
    throw failureError(
      `${folder} holds no checkpoint yet: train it further with \`whitewater train --resume ${folder}\``,
    )
  const parameters = parametersOf(network, features, labelCounts?.length)
  const { state } = await readCheckpoint(path, parameters)
  return new Generator(
    {
      ...{ field: network, form: plainForm, preconditioner: fitted, features, labelCounts, parameters },
      weights: state.average,
    },
    engine,
  )
}
