import { describe, expect, it } from 'vitest'
import { input } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { cases } from './matmul.cases.ts'
import * as products from './matmul.ts'

checkFamily(products, cases)

describe('errors', () => {
  const x = input('x', [2, 3])
  it('names the shapes whose inner extents differ', () => {
    expect(() => products.matmul(x, x)).toThrow('matmul: inner extents of [2, 3] and [2, 3] differ')
    expect(() => products.matmul(input('a', [2, 2, 3]), x)).toThrow('matmul: inner extents of')
  })
  it('asks for matrices', () => {
    expect(() => products.matmul(x, input('v', [3]))).toThrow(
      'matmul: needs at least two axes each, got [2, 3] and [3]',
    )
  })
  it('names the batches that do not broadcast', () => {
    expect(() => products.matmul(input('a', [2, 4, 3]), input('b', [3, 3, 4]))).toThrow(
      'matmul: shapes [2] and [3] do not broadcast together',
    )
  })
  it('names the dtypes that do not mix', () => {
    expect(() => products.matmul(x, input('b', [3, 2], 'float64'))).toThrow(
      'matmul: float32 beside float64; cast one of them first',
    )
    expect(() => products.linear(x, input('w', [2, 3], 'float64'), input('b', [2]))).toThrow(
      'linear: float32 beside float64; cast one of them first',
    )
  })
  it('names the bias that does not fit', () => {
    expect(() => products.linear(x, input('w', [4, 3]), input('b', [3]))).toThrow(
      'linear: bias [3] does not fit weight [4, 3]',
    )
  })
})
