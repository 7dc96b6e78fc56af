// What attention.ts must compute.
import type { Cases } from '../testing/gradcheck.ts'
import { along, pointwise, product, softmaxOf, swapped, type Reference } from '../testing/reference.ts'
import { attention } from './attention.ts'

const attend =
  (scale: number): Reference =>
  (q, k, v) =>
    product(along(softmaxOf, q.shape.length - 1)(pointwise((x) => x * scale)(product(q, swapped(k)))), v)

const tokens = [{ shape: [2, 3, 2] }, { shape: [2, 4, 2] }, { shape: [2, 4, 3] }]

export const cases: Cases = {
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
