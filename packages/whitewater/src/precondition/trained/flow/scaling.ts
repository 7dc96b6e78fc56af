// One mean a feature and one scale for all, so that a network sees numbers of order one whatever the data's units, and the geometry
// that the flow is to even out stays as it is.
import { add, cast, constant, mul, ndarray, reshape, sizeOf, sub, type Tensor } from '@whitewater/tensor'
import type { Dataset } from '../../../data/dataset.ts'
import { flatten } from '../../../data/subset.ts'
import { failureError } from '../../../errors.ts'
import { flatten as samplesOf, mean as meanOf } from '../../../linalg/covariance.ts'
import type { InvertibleGraph, Samples } from '../../preconditioner.ts'

export interface Scaling {
  /** [d] */
  readonly mean: Float64Array
  /** Root of the mean variance. */
  readonly scale: number
}

/** @throws WhitewaterError (failure) where nothing varies */
export function scalingOf(data: Dataset): Scaling {
  const samples = samplesOf(flatten(data))
  const mean = meanOf(samples)
  let squares = 0
  for (let i = 0; i < samples.data.length; i++) squares += (samples.data[i] - mean[i % samples.d]) ** 2
  const scale = Math.sqrt(squares / samples.data.length)
  if (!(scale > 0)) throw failureError(`${data.name}: all features are constant, there is nothing to learn`)
  return { mean, scale }
}

/** (x - mean) / scale; in float64, because a large mean would cost float32 its digits. */
export const scaled = ({ mean, scale }: Scaling, { data, shape }: Samples): Samples =>
  ndarray(
    data.map((value, i) => (value - mean[i % mean.length]) / scale),
    shape,
  )

export const unscaled = ({ mean, scale }: Scaling, { data, shape }: Samples): Samples =>
  ndarray(
    data.map((value, i) => value * scale + mean[i % mean.length]),
    shape,
  )

/** Both, as graphs. */
export function scalingGraph({ mean, scale }: Scaling, features: readonly number[]): InvertibleGraph {
  const wide = (x: Tensor) => reshape(cast(x, 'float64'), [-1, sizeOf(features)])
  const like = (y: Tensor, x: Tensor) => reshape(cast(y, 'float32'), x.shape)
  return {
    forward: (x) => like(mul(sub(wide(x), constant(mean)), 1 / scale), x),
    inverse: (z) => like(add(mul(wide(z), scale), constant(mean)), z),
  }
}
