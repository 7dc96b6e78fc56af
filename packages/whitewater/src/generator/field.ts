// The default network for a dataset.
import { sizeOf } from '@whitewater/tensor'
import type { FieldSettings } from './config.ts'

/** A plain MLP for points, a residual one for vectors and images: both train on a CPU. */
export const defaultField = (features: readonly number[]): FieldSettings =>
  sizeOf(features) <= 16
    ? { kind: 'mlp', width: 256, depth: 3 }
    : { kind: 'residual-mlp', width: 384, depth: 4 }
