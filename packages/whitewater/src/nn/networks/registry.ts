// The networks by kind. Adding one adds a file and an entry here.
import type { FieldNetwork } from '../network.ts'
import { cnn, type CnnOptions } from './cnn.ts'
import { mlp, type MlpOptions } from './mlp.ts'
import { residualMlp, type ResidualMlpOptions } from './residual-mlp.ts'
import { tiny } from './tiny.ts'

export const networkKinds = ['tiny', 'mlp', 'residual-mlp', 'cnn'] as const

export type NetworkKind = (typeof networkKinds)[number]

type NetworkOptions = MlpOptions & ResidualMlpOptions & CnnOptions

const networks: Readonly<Record<NetworkKind, (options: NetworkOptions) => FieldNetwork>> = {
  tiny,
  mlp,
  'residual-mlp': residualMlp,
  cnn,
}

/** A kind of network and its options; a network reads those that it knows. */
export interface NetworkSettings extends NetworkOptions {
  readonly kind: NetworkKind
}

export const networkOf = ({ kind, ...options }: NetworkSettings): FieldNetwork => networks[kind](options)
