// Experiments by name. A new one is a folder of its own and a line in this table.
import { oneNamed } from '../kinds/named-kind.ts'
import { dynamics } from './dynamics/experiment.ts'
import type { Experiment } from './runner/experiment.ts'
import { gaussian } from './gaussian/experiment.ts'
import { mixtures } from './mixtures/experiment.ts'
import { mnist } from './mnist/experiment.ts'
import { mnistAblation } from './mnist-ablation/experiment.ts'
import { preconditioners } from './preconditioners/experiment.ts'
import { residual } from './residual/experiment.ts'
import { solverAudit } from './solver-audit/experiment.ts'
import { swissRoll } from './swiss-roll/experiment.ts'
import { theory } from './theory/experiment.ts'

export const experiments: readonly Experiment[] = [
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
