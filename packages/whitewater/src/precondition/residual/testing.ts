// Test help: moments by class, a silent network, and values of fields.
import { constant, evaluate, float32Of, mul, ndarray, sizeOf, type NdArray } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { select } from '../../data/subset.ts'
import type { Field } from '../../flow/field.ts'
import { covariance, flatten, type Moments } from '../../linalg/covariance.ts'
import { combine, matrix, type Matrix } from '../../linalg/matrix.ts'

export const silent: Field = (x) => mul(x, 0)

export const asFloat = ({ data, shape }: NdArray) => ndarray(float32Of(data), shape)

export const momentsOf = (data: Dataset): Moments => covariance(flatten(data.samples))

export const ofClass = (data: Dataset, label: number): Dataset =>
  select(
    data,
    Array.from(data.labels ?? []).flatMap((own, i) => (own === label ? [i] : [])),
  )

/** Scatter about the classes' own means over n - classes. */
export function pooledWithin(data: Dataset): Matrix {
  const classes = data.classes ?? 0
  const count = data.samples.shape[0]
  const d = sizeOf(data.samples.shape.slice(1))
  return Array.from({ length: classes }, (_, label) => ofClass(data, label)).reduce(
    (sum, part) =>
      combine(1, sum, (part.samples.shape[0] - 1) / (count - classes), momentsOf(part).covariance),
    matrix(d, d),
  )
}

/** A field's values at rows x [n, d] and one time. */
export async function valuesOf(
  field: Field,
  x: Float32Array,
  t: number,
  shape: readonly number[],
  labels?: number[],
) {
  const v = field(
    constant(x, shape),
    constant(new Float32Array(shape[0]).fill(t)),
    labels && constant(Int32Array.from(labels)),
  )
  return (await evaluate({ v })).v
}
