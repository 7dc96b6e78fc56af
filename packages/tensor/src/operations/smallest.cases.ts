// What smallest.ts must compute.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { at, build, swapped, type Reference } from '../testing/reference.ts'
import { smallest } from './smallest.ts'

const sortedRows =
  (count: number): Reference =>
  (x) => {
    const extent = x.shape[x.shape.length - 1]
    return build([...x.shape.slice(0, -1), count], (index) => {
      const row = Array.from({ length: extent }, (_, i) => at(x, [...index.slice(0, -1), i]))
      return row.sort((a, b) => a - b)[index[index.length - 1]]
    })
  }

const rows = (shape: readonly number[], count: number, name: string): Case => ({
  name,
  inputs: [{ shape }],
  apply: (x) => smallest(x, count),
  reference: sortedRows(count),
  order: 0,
})

export const cases: Cases = {
  smallest: [
    rows([4, 9], 3, 'rows'),
    rows([2, 3, 5], 5, 'all of them'),
    rows([7], 1, 'one of a vector'),
    {
      name: 'an inner axis',
      inputs: [{ shape: [2, 6, 3] }],
      apply: (x) => smallest(x, 2, 1),
      reference: (x) => swapped(sortedRows(2)(swapped(x))),
      order: 0,
    },
    {
      name: 'with ties',
      inputs: [{ shape: [3, 12], low: 0, high: 3, integers: 'int32' }],
      apply: (x) => smallest(x, 4),
      reference: sortedRows(4),
      order: 0,
    },
  ],
}
