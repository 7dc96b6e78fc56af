import { expect, it } from 'vitest'
import { gradient } from '../gradient.ts'
import { input } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { sum } from './reduce.ts'
import { cases } from './smallest.cases.ts'
import * as operations from './smallest.ts'

checkFamily(operations, cases)

const { smallest } = operations

it('refuses counts that are not there, and gradients', () => {
  const x = input('x', [2, 3])
  expect(() => smallest(x, 4)).toThrow('smallest: 4 of [2, 3], expected 1 to 3 along axis 1')
  expect(() => smallest(x, 0)).toThrow('expected 1 to 3')
  expect(() => smallest(x, 1, 2)).toThrow('smallest: axis 2 does not exist in a tensor of 2 axes')
  expect(() => gradient(sum(smallest(x, 2)), [x])).toThrow(
    'smallest: has no gradient; use min, which has one',
  )
})
