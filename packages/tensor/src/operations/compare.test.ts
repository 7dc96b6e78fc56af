import { describe, expect, it } from 'vitest'
import { evaluate } from '../compile.ts'
import { gradient } from '../gradient.ts'
import { constant, input } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { cases } from './compare.cases.ts'
import * as compare from './compare.ts'
import { mul } from './elementwise.ts'
import { sum } from './reduce.ts'

checkFamily(compare, cases)

describe('stopGradient', () => {
  it('lets the other factor of a product have its gradient', async () => {
    const x = constant(Float32Array.of(2, 3))
    const [dx] = gradient(sum(mul(x, compare.stopGradient(x))), [x])
    expect([...(await evaluate({ dx })).dx]).toEqual([2, 3])
  })
})

describe('cast', () => {
  it('gives a float32 operand a float32 gradient', async () => {
    const x = constant(Float32Array.of(2, 3))
    const y = compare.cast(x, 'float64')
    const [dx] = gradient(sum(mul(y, y)), [x])
    expect(dx.dtype).toBe('float32')
    expect((await evaluate({ dx })).dx).toEqual(Float32Array.of(4, 6))
  })
})

describe('errors', () => {
  it('names the dtypes that do not mix', () => {
    expect(() => compare.where(input('c', [2], 'bool'), input('a', [2]), input('b', [2], 'int32'))).toThrow(
      'where: float32 beside int32; cast one of them first',
    )
    expect(() => compare.less(input('a', [2]), input('b', [2], 'float64'))).toThrow(
      'less: float32 beside float64; cast one of them first',
    )
  })
  it('needs a bool condition', () => {
    expect(() => compare.where(input('c', [2]), input('a', [2]), 0)).toThrow(
      'where: condition: bool only, got float32',
    )
    expect(() => compare.logicalAnd(input('a', [2]), input('b', [2]))).toThrow(
      'logicalAnd: bool only, got float32',
    )
    expect(() => compare.logicalNot(input('a', [2]))).toThrow('logicalNot: bool only, got float32')
  })
})
