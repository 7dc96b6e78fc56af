// The Jacobian of the flow map beside the flow: d x_t / d x_0 = J solves the variational equation dJ/dt = (dv/dx)(x_t, t) J, J_0 = I.
import {
  concat,
  gradient,
  matmul,
  reshape,
  sizeOf,
  sliceAxis,
  sum,
  type Shape,
  type Tensor,
} from '@whitewater/tensor'
import type { Field } from './field.ts'

/** dv_i / dx_j of each sample, [n, d, d], for v [n, ...features] computed from x [n, ...features] sample by sample: d backward passes. */
export function jacobian(v: Tensor, x: Tensor): Tensor {
  const [n, ...features] = x.shape
  const d = sizeOf(features)
  const flat = reshape(v, [n, d])
  const rows = Array.from({ length: d }, (_, i) => {
    const [row] = gradient(sum(sliceAxis(flat, 1, i, 1)), [x])
    return reshape(row, [n, 1, d])
  })
  return concat(rows, 1)
}

/**
 * The field of the state [x, J], flattened to [n, d + d d]: integrate it to have the flow and its Jacobian at once, each
 * evaluation at the cost of about d + 1 of the field's own.
 * @param features shape of one sample, d numbers in all
 */
export const withJacobian =
  (field: Field, features: Shape): Field =>
  (state, t, labels) => {
    const [n] = state.shape
    const d = sizeOf(features)
    const x = reshape(sliceAxis(state, 1, 0, d), [n, ...features])
    const j = reshape(sliceAxis(state, 1, d, d * d), [n, d, d])
    const v = field(x, t, labels)
    const rate = matmul(jacobian(v, x), j)
    return concat([reshape(v, [n, d]), reshape(rate, [n, d * d])], 1)
  }
