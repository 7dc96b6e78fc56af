import { randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { covariance } from './covariance.ts'
import { covarianceOf } from './moments.ts'
import { largestDifference } from './matrix.ts'

describe('covarianceOf', () => {
  it.each([
    ['small', 50, 4],
    ['on the engine, with a last block that is not full', 4200, 350],
  ])('is the covariance: %s', async (_, n, d) => {
    const data = randomStream(3).normal(n * d)
    data.forEach((value, i) => (data[i] = value * (1 + (i % d)) + 100))
    const expected = covariance({ data, n, d })
    const found = await covarianceOf({ data, n, d }, { threads: 1 })
    expect(found.mean).toEqual(expected.mean)
    expect(largestDifference(found.covariance, expected.covariance)).toBeLessThan(1e-9 * d * d)
  })
})
