// From field settings to a network, and the default network for a dataset.
import { sizeOf } from '@whitewater/tensor'
import type { FieldNetwork } from '../nn/network.ts'
import { cnn } from '../nn/networks/cnn.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { residualMlp } from '../nn/networks/residual-mlp.ts'
import type { FieldSettings } from './config.ts'

export function networkOf(settings: FieldSettings): FieldNetwork {
  switch (settings.kind) {
    case 'mlp':
      return mlp(settings)
    case 'residual-mlp':
      return residualMlp(settings)
    case 'cnn':
      return cnn(settings)
  }
}

/** A plain MLP for points, a residual one for vectors and images: both train on a CPU. */
export const defaultField = (features: readonly number[]): FieldSettings =>
  sizeOf(features) <= 16
    ? { kind: 'mlp', width: 256, depth: 3 }
    : { kind: 'residual-mlp', width: 384, depth: 4 }
