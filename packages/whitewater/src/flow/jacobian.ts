// Derivatives of a field by its point: the Jacobian, its trace, and the Jacobian of the flow map beside the flow, which solves
// the variational equation dJ/dt = (dv/dx)(x_t, t) J, J_0 = I.
import {
  add,
  concat,
  gradient,
  matmul,
  mul,
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

/** div v = sum_i dv_i / dx_i of each sample, [n, 1], as `jacobian` without what is off the diagonal: d backward passes. */
export function divergence(v: Tensor, x: Tensor): Tensor {
  const [n, ...features] = x.shape
  const d = sizeOf(features)
  const flat = reshape(v, [n, d])
  const terms = Array.from({ length: d }, (_, i) => {
    const [row] = gradient(sum(sliceAxis(flat, 1, i, 1)), [x])
    return sliceAxis(reshape(row, [n, d]), 1, i, 1)
  })
  return terms.reduce((a, b) => add(a, b))
}

/**
 * e^T (dv/dx) e of each sample, [n, 1]: one backward pass. Its mean is div v over probes e of x's shape with independent entries
 * of mean 0 and variance 1 (Hutchinson 1990, Comm. Statist. Simulation Comput. 19).
 */
export function probedDivergence(v: Tensor, x: Tensor, probe: Tensor): Tensor {
  const [n, ...features] = x.shape
  const [product] = gradient(v, [x], probe)
  return sum(reshape(mul(product, probe), [n, sizeOf(features)]), 1, { keepDims: true })
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
