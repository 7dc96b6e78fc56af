import { expect, it } from 'vitest'
import { input } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { cases } from './lookup.cases.ts'
import * as lookups from './lookup.ts'

checkFamily(lookups, cases)

it('takes integer indices only', () => {
  const x = input('x', [2])
  expect(() => lookups.oneHot(x, 3)).toThrow('oneHot: indices: int32 or int64 only, got float32')
  expect(() => lookups.gather(x, x)).toThrow('gather: indices: int32 or int64 only, got float32')
})
