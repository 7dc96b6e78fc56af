// What reduce.ts must compute: all axes, some, the last one, and axes of extent 1, kept and dropped.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { reduced } from '../testing/reference.ts'
import type { Tensor } from '../tensor.ts'
import * as reduce from './reduce.ts'

type Reduce = (x: Tensor, axes?: reduce.Axes, options?: { keepDims?: boolean }) => Tensor

const shape = [2, 3, 4]

const reduction = (apply: Reduce, compute: (elements: number[]) => number, order: 1 | 2): Case[] => [
  {
    name: 'all axes',
    inputs: [{ shape }],
    apply: (x) => apply(x),
    reference: reduced(compute, [0, 1, 2]),
    order,
  },
  {
    name: 'all axes, kept',
    inputs: [{ shape }],
    apply: (x) => apply(x, undefined, { keepDims: true }),
    reference: reduced(compute, [0, 1, 2], true),
    order,
  },
  {
    name: 'the last axis, kept',
    inputs: [{ shape }],
    apply: (x) => apply(x, -1, { keepDims: true }),
    reference: reduced(compute, [2], true),
    order,
  },
  {
    name: 'two axes, dropped',
    inputs: [{ shape }],
    apply: (x) => apply(x, [2, 0]),
    reference: reduced(compute, [0, 2]),
    order,
  },
  {
    name: 'the first axis',
    inputs: [{ shape: [5, 2] }],
    apply: (x) => apply(x, 0),
    reference: reduced(compute, [0]),
    order,
  },
  {
    name: 'leading axes, kept',
    inputs: [{ shape }],
    apply: (x) => apply(x, [0, 1], { keepDims: true }),
    reference: reduced(compute, [0, 1], true),
    order,
  },
  {
    name: 'an axis of extent 1',
    inputs: [{ shape: [3, 1, 2] }],
    apply: (x) => apply(x, 1),
    reference: reduced(compute, [1]),
    order,
  },
  {
    name: 'a scalar',
    inputs: [{ shape: [] }],
    apply: (x) => apply(x),
    reference: reduced(compute, []),
    order,
  },
]

const total = (elements: number[]): number => elements.reduce((a, b) => a + b, 0)

export const cases: Cases = {
  sum: reduction(reduce.sum, total, 2),
  mean: reduction(reduce.mean, (elements) => total(elements) / elements.length, 2),
  max: reduction(reduce.max, (elements) => Math.max(...elements), 1),
  min: reduction(reduce.min, (elements) => Math.min(...elements), 1),
  logsumexp: reduction(reduce.logsumexp, (elements) => Math.log(total(elements.map(Math.exp))), 2),
}
