// What matmul.ts must compute: every pair of transposes, plain, batched and with broadcast batches.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { at, build, product, swapped } from '../testing/reference.ts'
import type { Shape } from '../array.ts'
import { linear, matmul } from './matmul.ts'

const oriented = (shape: Shape, transposed: boolean): Shape =>
  transposed ? [...shape.slice(0, -2), shape[shape.length - 1], shape[shape.length - 2]] : shape

const flags = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const

const products = (a: Shape, b: Shape): Case[] =>
  flags.map(([transposeA, transposeB]) => ({
    name: `[${a.join()}] [${b.join()}] ${transposeA ? 'a^T' : 'a'} ${transposeB ? 'b^T' : 'b'}`,
    inputs: [{ shape: oriented(a, transposeA) }, { shape: oriented(b, transposeB) }],
    apply: (x, y) => matmul(x, y, { transposeA, transposeB }),
    reference: (x, y) => product(transposeA ? swapped(x) : x, transposeB ? swapped(y) : y),
    order: 2,
  }))

const affine = (shape: Shape, bias: boolean): Case => ({
  name: `x [${shape.join()}]${bias ? ' with bias' : ''}`,
  inputs: [{ shape }, { shape: [4, 3] }, ...(bias ? [{ shape: [4] }] : [])],
  apply: linear,
  reference: (x, weight, shift) =>
    build([...shape.slice(0, -1), 4], (index) => {
      const lead = index.slice(0, -1)
      const out = index[index.length - 1]
      const terms = [0, 1, 2].map((k) => at(x, [...lead, k]) * at(weight, [out, k]))
      return terms.reduce((a, b) => a + b, bias ? at(shift, [out]) : 0)
    }),
  order: 2,
})

export const cases: Cases = {
  matmul: [
    ...products([2, 3], [3, 4]),
    ...products([1, 3], [3, 1]),
    ...products([2, 2, 3], [2, 3, 2]),
    ...products([2, 2, 3], [3, 2]),
    ...products([2, 3], [2, 3, 2]),
    ...products([2, 1, 2, 3], [2, 3, 2]),
    ...products([1, 2, 3], [2, 3, 2]),
  ],
  linear: [affine([2, 3], true), affine([2, 3], false), affine([2, 2, 3], true), affine([2, 2, 3], false)],
}
