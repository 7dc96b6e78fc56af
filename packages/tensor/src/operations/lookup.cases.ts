// What lookup.ts must compute.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { at, build } from '../testing/reference.ts'
import * as lookup from './lookup.ts'

const oneHot = (integers: 'int32' | 'int64'): Case => ({
  name: `${integers}, one index outside`,
  inputs: [{ shape: [2, 3], low: 0, high: 4, integers }],
  apply: (indices) => lookup.oneHot(indices, 4),
  reference: (indices) =>
    build([2, 3, 4], ([row, column, index]) => Number(at(indices, [row, column]) === index)),
  order: 0,
})

export const cases: Cases = {
  oneHot: [oneHot('int32'), oneHot('int64')],
  gather: (['int32', 'int64'] as const).map((integers) => ({
    name: `${integers}, repeated rows`,
    inputs: [{ shape: [3, 2, 2] }, { shape: [2, 4], low: 0, high: 2, integers }],
    apply: lookup.gather,
    reference: (table, indices) =>
      build([2, 4, 2, 2], ([i, j, k, l]) => at(table, [at(indices, [i, j]), k, l])),
    order: 2,
  })),
}
