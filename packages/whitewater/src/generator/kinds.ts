// What a run can choose by name, with every option: the tables behind the entries of a configuration.
import { couplingTexts } from '../flow/coupling/registry.ts'
import type { KindText } from '../kinds/named-kind.ts'
import { pathTexts } from '../flow/paths.ts'
import { timeTexts } from '../flow/time.ts'
import { lossWeightTexts } from '../flow/weight.ts'
import { networkTexts } from '../nn/networks/registry.ts'
import { preconditionerTexts } from '../precondition/registry.ts'
import { residualTexts } from '../precondition/residual/registry.ts'

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
