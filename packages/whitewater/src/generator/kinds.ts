// What a run can choose by name, with every option: the tables behind the entries of a configuration.
import { diffusionKinds } from '../flow/diffusion.ts'
import { couplingTexts } from '../flow/coupling/registry.ts'
import type { KindText } from '../kinds/named-kind.ts'
import { pathTexts } from '../flow/paths.ts'
import { sdeMethods, type SdeMethod } from '../flow/sde-methods.ts'
import { solvers } from '../flow/solvers.ts'
import { evaluationsPerStep, isAdaptive, type Tableau } from '../flow/tableau.ts'
import { timeTexts } from '../flow/time.ts'
import { lossWeightTexts } from '../flow/weight.ts'
import { networkTexts } from '../nn/networks/registry.ts'
import { preconditionerTexts } from '../precondition/registry.ts'
import { residualTexts } from '../precondition/residual/registry.ts'
import { optimizerTexts } from '../training/optimizer.ts'

/** Entries of a configuration that are a kind with options of its own. */
export const choiceNames = [
  'precondition',
  'residual',
  'field',
  'path',
  'coupling',
  'time',
  'weight',
] as const

export type ChoiceName = (typeof choiceNames)[number]

const none: KindText = { name: 'none', about: 'the network learns all of the velocity', options: {} }

/** The kinds of each entry. */
export const choiceTexts: Readonly<Record<ChoiceName, readonly KindText[]>> = {
  precondition: preconditionerTexts,
  residual: [none, ...residualTexts],
  field: networkTexts,
  path: pathTexts,
  coupling: couplingTexts,
  time: timeTexts,
  weight: lossWeightTexts,
}

/** What a tableau says of itself, as a kind. */
const solverText = (method: Tableau): KindText => ({
  name: method.name,
  about: `order ${method.order}, evaluations of the field a step: ${evaluationsPerStep(method)}${isAdaptive(method) ? ', chooses its own steps' : ''}`,
  options: isAdaptive(method)
    ? { tolerance: 'relative and absolute; 1e-4 unless given' }
    : { steps: 'of equal length from noise to data; 50 unless given' },
})

const sdeText = ({ name, order, tableau }: SdeMethod): KindText => ({
  name,
  about: `for noise along the way: weak order ${order}, evaluations of the field a step: ${evaluationsPerStep(tableau)}`,
  options: {
    steps: 'of equal length from noise to data; 50 unless given',
    diffusion: `how much noise: ${diffusionKinds.join(', ')}; sigma unless given`,
  },
})

/** Kinds of one thing, and where they are chosen. */
export interface KindList {
  readonly how: string
  readonly kinds: readonly KindText[]
}

const ofChoice = (name: ChoiceName): KindList => ({
  how: `--${name} NAME --set ${name}.OPTION=VALUE`,
  kinds: choiceTexts[name],
})

/** Everything that is chosen by name, for lists. */
export const kindLists = {
  precondition: ofChoice('precondition'),
  residual: ofChoice('residual'),
  field: ofChoice('field'),
  path: ofChoice('path'),
  coupling: ofChoice('coupling'),
  time: ofChoice('time'),
  weight: ofChoice('weight'),
  optimizer: {
    how: '--set optimizer=NAME --set weightDecay=VALUE; the other options keep their values',
    kinds: optimizerTexts,
  },
  solver: {
    how: 'sample, evaluate: --method NAME --solver-steps N, --tolerance X or --diffusion NAME',
    kinds: [...solvers.map(solverText), ...sdeMethods.map(sdeText)],
  },
} as const satisfies Readonly<Record<string, KindList>> & Readonly<Record<ChoiceName, KindList>>

export type KindListName = keyof typeof kindLists
