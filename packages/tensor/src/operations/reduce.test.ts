import { describe, expect, it } from 'vitest'
import { evaluate } from '../compile.ts'
import { gradient } from '../gradient.ts'
import { constant, input } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { cases } from './reduce.cases.ts'
import * as reduce from './reduce.ts'

checkFamily(reduce, cases)

describe('edges', () => {
  it('shares the gradient between equal extremes', async () => {
    const x = constant(Float32Array.of(1, 3, 3, 0))
    const [dx] = gradient(reduce.max(x), [x])
    expect([...(await evaluate({ dx })).dx]).toEqual([0, 0.5, 0.5, 0])
  })

  it('does not overflow in logsumexp', async () => {
    const x = constant(Float32Array.of(1000, 1000))
    const y = reduce.logsumexp(x)
    const [dx] = gradient(y, [x])
    const values = await evaluate({ y, dx })
    expect(values.y[0]).toBeCloseTo(1000 + Math.log(2), 3)
    expect([...values.dx]).toEqual([0.5, 0.5])
  })

  it('leaves a tensor alone when there is no axis to reduce', () => {
    const x = input('x', [2, 3])
    expect(reduce.sum(x, [])).toBe(x)
  })
})

describe('errors', () => {
  it('names the axis that does not exist', () => {
    expect(() => reduce.sum(input('x', [2, 3]), 2)).toThrow(
      'sum: axis 2 does not exist in a tensor of 2 axes',
    )
  })
})
