import { ndarray, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { affordablePairs, evaluateSamples } from './evaluate.ts'
import { frechetDistance } from './frechet.ts'
import { kid } from './kid.ts'
import { manifoldMetrics } from './manifold.ts'
import { mmdEstimates } from './mmd.ts'
import { slicedWasserstein } from './sliced-wasserstein.ts'

const normal = (seed: number, n: number, d: number) => ndarray(randomStream(seed).normal(n * d), [n, d])

const x = normal(1, 120, 3)
const y = normal(2, 90, 3)

describe('evaluateSamples', () => {
  it('is each metric on all samples where they are few', async () => {
    const result = await evaluateSamples(x, y, { k: 4, bandwidth: [0.5, 2], projections: 16, seed: 7 })
    const { unbiased, biased } = mmdEstimates(x, y, { bandwidth: [0.5, 2] })
    const { density, ...shares } = manifoldMetrics(x, y, { k: 4 })
    expect(result.frechet).toBeCloseTo(frechetDistance(x, y), 10)
    expect(result.mmd).toBeCloseTo(unbiased, 7)
    expect(result.mmdBiased).toBeCloseTo(biased, 7)
    expect(result.kid).toBeCloseTo(kid(x, y).unbiased, 10)
    expect(result.density).toBeCloseTo(density, 12)
    expect(result).toMatchObject({
      ...shares,
      slicedWasserstein: slicedWasserstein(x, y, { count: 16, seed: 7 }).w2,
      samples: 90,
      seed: 7,
      realSamples: 120,
      pairwiseSamples: [120, 90],
      dimension: 3,
      k: 4,
      bandwidth: [0.5, 2],
      projections: 16,
    })
  })

  it('draws a stated subset for metrics over pairs by its seed, and leaves the others alone', async () => {
    const [whole, part, again, other] = await Promise.all([
      evaluateSamples(x, y),
      evaluateSamples(x, y, { pairwise: 50 }),
      evaluateSamples(x, y, { pairwise: 50 }),
      evaluateSamples(x, y, { pairwise: 50, seed: 1 }),
    ])
    expect(part.pairwiseSamples).toEqual([50, 50])
    expect([part.frechet, part.slicedWasserstein]).toEqual([whole.frechet, whole.slicedWasserstein])
    expect(again).toEqual(part)
    expect(other.mmd).not.toBe(part.mmd)
  })

  it('affords fewer pairs of longer samples', () => {
    expect([2, 100, 784, 1e6].map(affordablePairs)).toEqual([10_000, 10_000, 10_000, 2000])
  })
})
