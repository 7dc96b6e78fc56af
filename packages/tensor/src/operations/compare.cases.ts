// What compare.ts must compute: comparisons, logic, selection and casts.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { pointwise } from '../testing/reference.ts'
import type { Operand, Tensor } from '../tensor.ts'
import * as compare from './compare.ts'

const matrices = [{ shape: [2, 3] }, { shape: [2, 3] }]

const comparison = (
  apply: (a: Tensor, b: Operand) => Tensor,
  compute: (a: number, b: number) => boolean,
): Case[] => [
  {
    name: 'broadcast',
    inputs: [{ shape: [2, 1, 3] }, { shape: [4, 1] }],
    apply,
    reference: pointwise((a, b) => Number(compute(a, b))),
    order: 0,
  },
  {
    name: 'a number, with ties',
    inputs: [{ shape: [12], low: -1, high: 1, integers: 'int32' }],
    apply: (x) => apply(x, 0),
    reference: pointwise((x) => Number(compute(x, 0))),
    order: 0,
  },
]

const logic = (
  apply: (a: Tensor, b: Tensor) => Tensor,
  compute: (a: boolean, b: boolean) => boolean,
): Case[] => [
  {
    inputs: [{ shape: [2, 4] }, { shape: [4] }],
    apply: (a, b) => apply(compare.greater(a, 0), compare.greater(b, 0)),
    reference: pointwise((a, b) => Number(compute(a > 0, b > 0))),
    order: 0,
  },
]

export const cases: Cases = {
  equal: comparison(compare.equal, (a, b) => a === b),
  less: comparison(compare.less, (a, b) => a < b),
  lessEqual: comparison(compare.lessEqual, (a, b) => a <= b),
  greater: comparison(compare.greater, (a, b) => a > b),
  greaterEqual: comparison(compare.greaterEqual, (a, b) => a >= b),
  logicalAnd: logic(compare.logicalAnd, (a, b) => a && b),
  logicalOr: logic(compare.logicalOr, (a, b) => a || b),
  logicalNot: [
    {
      inputs: [{ shape: [5] }],
      apply: (x) => compare.logicalNot(compare.greater(x, 0)),
      reference: pointwise((x) => Number(x <= 0)),
      order: 0,
    },
  ],
  where: [
    {
      name: 'same shape',
      inputs: matrices,
      apply: (a, b) => compare.where(compare.less(a, b), a, b),
      reference: pointwise(Math.min),
      order: 1,
    },
    {
      name: 'all three broadcast',
      inputs: [{ shape: [2, 3, 1] }, { shape: [3, 4] }, { shape: [2, 1, 1] }],
      apply: (a, b, c) => compare.where(compare.greater(a, 0), b, c),
      reference: pointwise((a, b, c) => (a > 0 ? b : c)),
      order: 2,
    },
    {
      name: 'numbers',
      inputs: [{ shape: [6] }],
      apply: (x) => compare.where(compare.greater(x, 0), x, -3),
      reference: pointwise((x) => (x > 0 ? x : -3)),
      order: 2,
    },
  ],
  cast: [
    {
      name: 'to float32 and back',
      inputs: [{ shape: [2, 3] }],
      apply: (x) => compare.cast(compare.cast(x, 'float32'), x.dtype),
      reference: pointwise((x) => x),
      order: 2,
      // The inner float32 has no differences at the step of float64, but its gradient is the identity's.
    },
    {
      name: 'to int32: no gradient',
      inputs: [{ shape: [6] }],
      apply: (x) => compare.cast(compare.cast(x, 'int32'), x.dtype),
      reference: pointwise(Math.trunc),
      order: 1,
    },
  ],
  stopGradient: [
    {
      inputs: [{ shape: [6] }],
      apply: compare.stopGradient,
      reference: pointwise((x) => x),
      order: 0,
    },
  ],
}
