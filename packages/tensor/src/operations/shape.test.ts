import { describe, expect, it } from 'vitest'
import { evaluate } from '../compile.ts'
import { constant, input } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { cases } from './shape.cases.ts'
import * as shapes from './shape.ts'

checkFamily(shapes, cases, ['normaliseAxis', 'unexpanded', 'paddingOf'])

const { chunk, concat, expand, pad, reshape, slice, sliceAxis, split, transpose } = shapes
const x = input('x', [2, 3, 4])

describe('identities', () => {
  it('returns the tensor itself when nothing moves', () => {
    expect(reshape(x, [2, -1, 4])).toBe(x)
    expect(transpose(x, [0, 1, 2])).toBe(x)
    expect(expand(x, [2, 3, 4])).toBe(x)
    expect(split(x, [2])).toEqual([x])
  })

  it('pads every dtype', async () => {
    for (const data of [Int32Array.of(1), BigInt64Array.of(1n), Uint8Array.of(1), Float64Array.of(1)]) {
      const { y } = await evaluate({ y: pad(constant(data), [1], [1]) })
      expect(Array.from(y, Number)).toEqual([0, 1, 0])
    }
  })
})

describe('errors', () => {
  const cause: [string, () => unknown][] = [
    ['reshape: [2, 3, 4] does not fit into [5, -1]', () => reshape(x, [5, -1])],
    ['reshape: [2, 3, 4] does not fit into [2, 3]', () => reshape(x, [2, 3])],
    ['reshape: [2, 3, 4] does not fit into [-1, -1]', () => reshape(x, [-1, -1])],
    ['transpose: [0, 0, 1] is no permutation of the 3 axes of [2, 3, 4]', () => transpose(x, [0, 0, 1])],
    ['expand: [2, 3, 4] does not broadcast to [2, 3, 5]', () => expand(x, [2, 3, 5])],
    ['slice: a block of [2, 3, 4] at [0, 0, 1] is not inside [2, 3, 4]', () => sliceAxis(x, 2, 1, 4)],
    ['slice: a block of [1] at [0] is not inside [2, 3, 4]', () => slice(x, [0], [1])],
    ['pad: [1] before and [1] after do not fit the 3 axes of [2, 3, 4]', () => pad(x, [1], [1])],
    ['concat: needs at least one tensor', () => concat([])],
    ['concat: shapes [2, 3, 4], [2, 3] differ outside axis 0', () => concat([x, input('y', [2, 3])])],
    [
      'concat: float32 beside int32; cast one of them first',
      () => concat([x, input('y', [2, 3, 4], 'int32')]),
    ],
    ['split: parts of [1, 2] do not add up to extent 2 of axis 0', () => split(x, [1, 2])],
    ['chunk: extent 3 of axis 1 is not divisible by 2', () => chunk(x, 2, 1)],
    ['split: axis 3 does not exist in a tensor of 3 axes', () => split(x, [1], 3)],
  ]
  it.each(cause)('%s', (message, make) => {
    expect(make).toThrow(message)
  })
})
