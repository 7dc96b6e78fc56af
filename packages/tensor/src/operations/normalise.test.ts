import { describe, expect, it } from 'vitest'
import { input } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { cases } from './normalise.cases.ts'
import * as normalisations from './normalise.ts'

checkFamily(normalisations, cases)

describe('errors', () => {
  it('names the channels that do not divide', () => {
    expect(() => normalisations.groupNorm(input('x', [1, 6, 2, 2]), 4)).toThrow(
      'groupNorm: 6 channels of [1, 6, 2, 2] do not divide into 4 groups',
    )
  })
})
