// What shape.ts must compute.
import type { Cases } from '../testing/gradcheck.ts'
import { at, build, swapped } from '../testing/reference.ts'
import { ndarray } from '../array.ts'
import * as shapes from './shape.ts'

const x = { shape: [2, 3, 4] }

export const cases: Cases = {
  reshape: [
    {
      inputs: [x],
      apply: (a) => shapes.reshape(a, [4, -1]),
      reference: (a) => ndarray(a.data, [4, 6]),
      order: 2,
    },
  ],
  transpose: [
    { name: 'last two', inputs: [x], apply: (a) => shapes.transpose(a), reference: swapped, order: 2 },
    {
      name: 'a rotation',
      inputs: [x],
      apply: (a) => shapes.transpose(a, [2, 0, 1]),
      reference: (a) => build([4, 2, 3], ([i, j, k]) => at(a, [j, k, i])),
      order: 2,
    },
  ],
  expand: [
    {
      inputs: [{ shape: [3, 1] }],
      apply: (a) => shapes.expand(a, [2, 3, 4]),
      reference: (a) => build([2, 3, 4], (index) => at(a, index)),
      order: 2,
    },
  ],
  slice: [
    {
      inputs: [x],
      apply: (a) => shapes.slice(a, [0, 1, 2], [2, 2, 1]),
      reference: (a) => build([2, 2, 1], ([i, j, k]) => at(a, [i, j + 1, k + 2])),
      order: 2,
    },
  ],
  sliceAxis: [
    {
      inputs: [x],
      apply: (a) => shapes.sliceAxis(a, -1, 1, 2),
      reference: (a) => build([2, 3, 2], ([i, j, k]) => at(a, [i, j, k + 1])),
      order: 2,
    },
  ],
  pad: [
    {
      inputs: [{ shape: [2, 3] }],
      apply: (a) => shapes.pad(a, [1, 0], [0, 2], 0.5),
      reference: (a) => build([3, 5], ([i, j]) => (i >= 1 && j < 3 ? at(a, [i - 1, j]) : 0.5)),
      order: 2,
    },
  ],
  concat: [
    {
      name: 'first axis',
      inputs: [{ shape: [2, 3] }, { shape: [1, 3] }],
      apply: (a, b) => shapes.concat([a, b]),
      reference: (a, b) => build([3, 3], ([i, j]) => (i < 2 ? at(a, [i, j]) : at(b, [i - 2, j]))),
      order: 2,
    },
    {
      name: 'last axis, one tensor twice',
      inputs: [{ shape: [2, 3] }],
      apply: (a) => shapes.concat([a, a], -1),
      reference: (a) => build([2, 6], ([i, j]) => at(a, [i, j % 3])),
      order: 2,
    },
  ],
  split: [
    {
      name: 'one part',
      inputs: [x],
      apply: (a) => shapes.split(a, [1, 2], 1)[1],
      reference: (a) => build([2, 2, 4], ([i, j, k]) => at(a, [i, j + 1, k])),
      order: 2,
    },
    {
      name: 'all parts, reversed',
      inputs: [{ shape: [6] }],
      apply: (a) => shapes.concat(shapes.split(a, [1, 2, 3]).reverse()),
      reference: (a) => build([6], ([i]) => a.data[[3, 4, 5, 1, 2, 0][i]]),
      order: 2,
    },
  ],
  chunk: [
    {
      inputs: [x],
      apply: (a) => shapes.chunk(a, 2, 2)[0],
      reference: (a) => build([2, 3, 2], (index) => at(a, index)),
      order: 2,
    },
  ],
}
