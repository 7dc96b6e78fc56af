// What softmax.ts must compute.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { along, pointwise, product, swapped, type Reference } from '../testing/reference.ts'
import type { Tensor } from '../tensor.ts'
import { attention, logSoftmax, softmax } from './softmax.ts'

const normalised = (x: number[]): number[] => {
  const total = x.reduce((sum, value) => sum + Math.exp(value), 0)
  return x.map((value) => Math.exp(value) / total)
}

const overAxes = (
  apply: (x: Tensor, axis?: number) => Tensor,
  compute: (x: number[]) => number[],
): Case[] => [
  {
    name: 'the last axis',
    inputs: [{ shape: [3, 4] }],
    apply: (x) => apply(x),
    reference: along(compute, 1),
    order: 2,
  },
  {
    name: 'an inner axis',
    inputs: [{ shape: [2, 3, 2] }],
    apply: (x) => apply(x, 1),
    reference: along(compute, 1),
    order: 2,
  },
]

const attend =
  (scale: number): Reference =>
  (q, k, v) =>
    product(along(normalised, q.shape.length - 1)(pointwise((x) => x * scale)(product(q, swapped(k)))), v)

const tokens = [{ shape: [2, 3, 2] }, { shape: [2, 4, 2] }, { shape: [2, 4, 3] }]

export const cases: Cases = {
  softmax: overAxes(softmax, normalised),
  logSoftmax: overAxes(logSoftmax, (x) => normalised(x).map(Math.log)),
  attention: [
    {
      name: 'scaled by the width',
      inputs: tokens,
      apply: (q, k, v) => attention(q, k, v),
      reference: attend(1 / Math.SQRT2),
      order: 2,
    },
    {
      name: 'given scale',
      inputs: tokens,
      apply: (q, k, v) => attention(q, k, v, 0.3),
      reference: attend(0.3),
      order: 2,
    },
  ],
}
