import { ndarray, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { largestDifference, matrix } from '../../linalg/matrix.ts'
import { conditionNumber } from '../../linalg/roots.ts'
import { lowRank } from './low-rank.ts'
import { momentsOf } from './moments.ts'
import { roundTripError } from '../preconditioner.ts'
import { correlated } from './testing/linear-cases.ts'
import { zca } from './zca.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** A few wide directions over equal noise: what the model of low-rank is exact for. */
function spiked(count: number, d: number, wide: readonly number[]) {
  const stream = randomStream(4)
  const scores = stream.normal(count * wide.length)
  const map = stream.normal(wide.length * d)
  const noise = stream.normal(count * d)
  const data = noise.map((value, at) => {
    const i = Math.floor(at / d)
    const j = at % d
    return wide.reduce((sum, width, k) => sum + width * scores[i * wide.length + k] * map[k * d + j], value)
  })
  return { name: 'spiked', samples: ndarray(data, [count, d]) }
}

describe('low-rank', () => {
  it('with as many directions as features is zca', async () => {
    const data = correlated({ seed: 1, features: [7], spread: 1 })
    const one = await lowRank({ rank: 50 }).fit(data, { engine: cpu })
    const other = await zca().fit(data, { engine: cpu })
    const z = await one.transform(data.samples)
    const expected = await other.transform(data.samples)
    z.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i], 4))
    expect(one.describe()).toMatchObject({ rank: 7, floored: 0 })
    await one.dispose()
    await other.dispose()
  })

  it('evens out a few wide directions over noise with that many directions', async () => {
    const data = spiked(2000, 40, [30, 10, 3])
    const { covariance: sigma } = await momentsOf(data, cpu)
    const fitted = await lowRank({ rank: 3 }).fit(data, { engine: cpu })
    const after = await fitted.covarianceAfter?.(sigma)
    expect(conditionNumber(sigma)).toBeGreaterThan(1e4)
    // 40 equal variances as 2000 samples see them: (1 + sqrt(40/2000))^2 / (1 - sqrt(40/2000))^2 = 1.77.
    expect(after && conditionNumber(after)).toBeLessThan(1.8)
    expect(fitted.describe().explained).toBeGreaterThan(0.99)
    expect(fitted.describe().rest).toBeCloseTo(1, 1)
    await fitted.dispose()
  })

  it('says the covariance that it whitens: Q diag(lambda) Q^T + s^2 (I - Q Q^T), of the same trace as the data’s', async () => {
    const data = correlated({ seed: 3, features: [9] })
    const { covariance: sigma } = await momentsOf(data, cpu)
    const fitted = await lowRank({ rank: 4 }).fit(data, { engine: cpu })
    const identity = Float32Array.from({ length: 81 }, (_, at) => (at % 10 === 0 ? 1 : 0))
    const origin = await fitted.invert(ndarray(new Float32Array(81), [9, 9]))
    const { data: columns } = await fitted.invert(ndarray(identity, [9, 9]))
    const root = columns.map((value, at) => value - origin.data[at])
    const trace = root.reduce((sum, value) => sum + value ** 2, 0)
    const expected = sigma.data.reduce((sum, value, at) => sum + (at % 10 === 0 ? value : 0), 0)
    expect(trace / expected).toBeCloseTo(1, 5)
    await fitted.dispose()
  })

  it('fits more features than samples, and maps them back', async () => {
    const data = correlated({ seed: 8, features: [3, 16, 16], count: 40, rank: 30 })
    const steps: number[] = []
    const onProgress = ({ step }: { step: number }): void => void steps.push(step)
    const fitted = await lowRank({ rank: 64, passes: 3 }).fit(data, { engine: cpu, onProgress })
    expect(fitted.describe()).toMatchObject({ features: 768 })
    expect(Number(fitted.describe().rank)).toBeLessThan(40)
    expect(await roundTripError(fitted, data.samples)).toBeLessThan(1e-6)
    const { covariance: after } = covariance(flatten(await fitted.transform(data.samples)))
    // 30 directions of unit variance, all else at most what rounding to float32 leaves, raised by the floor.
    expect(after.data.reduce((sum, value, at) => sum + (at % 769 === 0 ? value : 0), 0)).toBeCloseTo(30, 2)
    expect(steps).toEqual([1, 2, 3])
    await fitted.dispose()
  })

  it('is the same from the same seed', async () => {
    const data = correlated({ seed: 2, features: [30] })
    const directions = async (seed: number) => {
      const fitted = await lowRank({ rank: 3, passes: 2 }).fit(data, { engine: cpu, seed })
      await fitted.dispose()
      return matrix(30, 3, Float64Array.from(fitted.tensors.get('directions')?.data ?? [], Number))
    }
    expect(largestDifference(await directions(5), await directions(5))).toBe(0)
    expect(largestDifference(await directions(5), await directions(6))).toBeGreaterThan(0)
  })

  it('stops when it is told to', async () => {
    const stop = AbortSignal.abort(new Error('enough'))
    await expect(
      lowRank().fit(correlated({ seed: 1, features: [4] }), { engine: cpu, signal: stop }),
    ).rejects.toThrow('enough')
  })

  it('refuses ranks and passes that cannot be', () => {
    expect(() => lowRank({ rank: 0 })).toThrow(/rank is 0, expected a whole number from 1/)
    expect(() => lowRank({ passes: 1 })).toThrow(/passes is 1, expected a whole number from 2/)
  })
})
