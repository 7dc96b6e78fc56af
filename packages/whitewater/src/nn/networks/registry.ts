// The networks by name. Adding one adds a file and a line here.
import { sizeOf } from '@whitewater/tensor'
import { madeOf, oneNamed, textsOf, type Choice } from '../../kinds/named-kind.ts'
import type { FieldNetwork } from '../network.ts'
import { cnnKind } from './cnn.ts'
import type { NetworkKind } from './kind.ts'
import { mlpKind } from './mlp.ts'
import { residualMlpKind } from './residual-mlp.ts'
import { tinyKind } from './tiny.ts'

const kinds = [tinyKind, mlpKind, residualMlpKind, cnnKind] as const

export type NetworkName = (typeof kinds)[number]['name']

export const networkKinds: readonly NetworkName[] = kinds.map(({ name }) => name)
export const networkTexts = textsOf(kinds)

/**
 * `networkNamed({ kind: 'mlp', width: 64 })`.
 * @throws WhitewaterError (usage) for a kind or an option that there is not, or a value that does not fit
 */
export const networkNamed = (choice: Choice): FieldNetwork => madeOf('network', kinds, choice)

/** The kind itself, for who asks what options it takes. @throws WhitewaterError (usage) for a name that there is not */
export const networkKindNamed = (name: string): NetworkKind => oneNamed<NetworkKind>('network', kinds, name)

/** What suits samples of a shape unless another is chosen: a plain perceptron for points, a residual one for the rest. */
export const usualNetwork = (features: readonly number[]): NetworkName =>
  sizeOf(features) <= 16 ? mlpKind.name : residualMlpKind.name
