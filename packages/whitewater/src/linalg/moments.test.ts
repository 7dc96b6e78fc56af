import { randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { covariance, type Samples } from './covariance.ts'
import { largestDifference } from './matrix.ts'
import { accumulateMoments, covarianceOf, inBlocks } from './moments.ts'
import { momentsOfBlock } from './streaming.ts'

/** n samples of d features; feature j has standard deviation 1 + j and a mean of `shift`. */
function spread(n: number, d: number, shift = 100): Samples {
  const data = randomStream(3).normal(n * d)
  data.forEach((value, i) => (data[i] = value * (1 + (i % d)) + shift))
  return { data, n, d }
}

const relative = (a: Float64Array, b: Float64Array): number => {
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]) / scale), 0)
}

describe('covarianceOf', () => {
  it.each([
    ['small', 50, 4],
    ['on the engine, with a last block that is not full', 4200, 350],
    ['on the engine in panels, the last one narrow', 2500, 520],
  ])('is the covariance: %s', async (_, n, d) => {
    const samples = spread(n, d)
    const expected = covariance(samples)
    const found = await covarianceOf(samples, { threads: 1 })
    expect(relative(found.mean, expected.mean)).toBeLessThan(1e-14)
    expect(relative(found.covariance.data, expected.covariance.data)).toBeLessThan(1e-12)
  })

  it('refuses a single sample', async () => {
    await expect(covarianceOf(spread(1, 3))).rejects.toThrow('more than 1 samples, got 1')
  })
})

describe('accumulateMoments', () => {
  it('gives the moments of one pass, whatever the blocks, on the engine and off it', async () => {
    const samples = spread(3000, 450, 1e6)
    const expected = momentsOfBlock(samples)
    for (const rows of [3000, 1024, 700]) {
      const found = await accumulateMoments(inBlocks(samples, rows), 450, { threads: 1 })
      expect(found.count).toBe(3000)
      expect(relative(found.mean, expected.mean)).toBeLessThan(1e-14)
      expect(relative(found.scatter.data, expected.scatter.data)).toBeLessThan(1e-12)
    }
  })

  it('takes blocks as they arrive, empty ones too, and none at all', async () => {
    const samples = spread(20, 3)
    async function* arriving(): AsyncGenerator<Samples> {
      yield { data: new Float32Array(0), n: 0, d: 3 }
      for (const block of inBlocks(samples, 7)) yield await Promise.resolve(block)
    }
    const found = await accumulateMoments(arriving(), 3)
    expect(largestDifference(found.scatter, momentsOfBlock(samples).scatter)).toBeLessThan(1e-11)
    expect((await accumulateMoments([], 3)).count).toBe(0)
    await expect(accumulateMoments([samples], 4)).rejects.toThrow('a block of 3 features, expected 4')
  })
})
