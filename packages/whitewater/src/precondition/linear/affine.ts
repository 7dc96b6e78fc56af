// Linear maps that are held as numbers: a scale a feature, or a matrix.
import {
  constant,
  matmul,
  mul,
  ndarray,
  sizeOf,
  type CompileOptions,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import type { Restore } from '../kind.ts'
import { linearPreconditioner, savedCommon, savedValues, type LinearMap } from './linear.ts'
import type { FittedPreconditioner } from '../preconditioner.ts'

/** W and W^-1 as d numbers (a scale a feature) or d x d (row-major). */
export interface AffineMap extends Omit<LinearMap, 'forward' | 'backward' | 'tensors'> {
  readonly forward: Float64Array
  readonly backward: Float64Array
}

const times =
  (map: Float64Array, size: number) =>
  (x: Tensor): Tensor =>
    map.length === size ? mul(x, constant(map)) : matmul(x, constant(map, [size, size]), { transposeB: true })

export function affinePreconditioner(map: AffineMap, engine?: CompileOptions): FittedPreconditioner {
  const { forward, backward } = map
  const size = sizeOf(map.features)
  const saved = (values: Float64Array): NdArray =>
    ndarray(values, values.length === size ? [size] : [size, size])
  return linearPreconditioner(
    {
      ...map,
      forward: times(forward, size),
      backward: times(backward, size),
      tensors: { forward: saved(forward), backward: saved(backward) },
    },
    engine,
  )
}

export const restoreAffine: Restore = (saved, engine) => {
  const size = sizeOf(saved.features)
  const lengths = [size, size * size]
  const forward = savedValues(saved, 'forward', lengths)
  const backward = savedValues(saved, 'backward', lengths)
  return affinePreconditioner({ ...savedCommon(saved), forward, backward }, engine)
}
