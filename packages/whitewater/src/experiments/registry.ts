// Experiments by name. A new one is a file of its own and a line in this table.
import { unknownName } from '../errors.ts'
import { dynamics } from './dynamics.ts'
import type { Experiment } from './experiment.ts'
import { gaussian } from './gaussian.ts'
import { mixtures } from './mixtures.ts'
import { preconditioners } from './preconditioners.ts'
import { residual } from './residual.ts'
import { solverAudit } from './solver-audit.ts'
import { swissRoll } from './swiss-roll.ts'
import { theory } from './theory.ts'

const experiments: readonly Experiment[] = [
  gaussian,
  theory,
  mixtures,
  swissRoll,
  dynamics,
  preconditioners,
  solverAudit,
  residual,
]

export const experimentNames: readonly string[] = experiments.map(({ name }) => name)

/** @throws WhitewaterError (usage) for an unknown name, with the nearest one */
export function experimentNamed(name: string): Experiment {
  const found = experiments.find((one) => one.name === name)
  if (!found) throw unknownName('experiment', name, experimentNames)
  return found
}

/** Names and what each is about. */
export const experimentList = (): readonly { readonly name: string; readonly about: string }[] =>
  experiments.map(({ name, about }) => ({ name, about }))
