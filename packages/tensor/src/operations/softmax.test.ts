import { describe, expect, it } from 'vitest'
import { evaluate } from '../compile.ts'
import { gradient } from '../gradient.ts'
import { constant, input } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { sum } from './reduce.ts'
import { cases } from './softmax.cases.ts'
import * as softmaxes from './softmax.ts'

checkFamily(softmaxes, cases)

const { logSoftmax, softmax } = softmaxes

describe('edges', () => {
  it('neither overflows nor takes the logarithm of zero', async () => {
    const x = constant(Float32Array.of(1000, 0, -1000))
    const y = softmax(x)
    const logY = logSoftmax(x)
    const [dx] = gradient(sum(logY), [x])
    const values = await evaluate({ y, logY, dx })
    expect([...values.y]).toEqual([1, 0, 0])
    expect([...values.logY]).toEqual([0, -1000, -2000])
    expect([...values.dx]).toEqual([-2, 1, 1])
  })
})

describe('errors', () => {
  it('names the axis that does not exist', () => {
    expect(() => softmax(input('x', [2]), 1)).toThrow('softmax: axis 1 does not exist in a tensor of 1 axes')
  })
})
