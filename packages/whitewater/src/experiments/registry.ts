// Experiments by name. A new one is a file of its own and a line in this table.
import { oneNamed } from '../flow/named.ts'
import { dynamics } from './dynamics.ts'
import type { Experiment } from './experiment.ts'
import { gaussian } from './gaussian.ts'
import { mixtures } from './mixtures.ts'
import { mnist } from './mnist.ts'
import { mnistAblation } from './mnist-ablation.ts'
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
  mnist,
  mnistAblation,
]

/** @throws WhitewaterError (usage) for an unknown name, with the nearest one */
export const experimentNamed = (name: string): Experiment => oneNamed('experiment', experiments, name)

/** Names and what each is about. */
export const experimentList = (): readonly { readonly name: string; readonly about: string }[] =>
  experiments.map(({ name, about }) => ({ name, about }))
