// What softmax.ts must compute.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { along, softmaxOf } from '../testing/reference.ts'
import type { Tensor } from '../tensor.ts'
import { logSoftmax, softmax } from './softmax.ts'

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

export const cases: Cases = {
  softmax: overAxes(softmax, softmaxOf),
  logSoftmax: overAxes(logSoftmax, (x) => softmaxOf(x).map(Math.log)),
}
