import { describe, expect, it } from 'vitest'
import type { Dataset, DatasetOptions } from '../dataset.ts'
import { dataset, datasetNames } from '../registry.ts'
import { gaussianCovariance } from './gaussian.ts'
import { mixtureParameters } from './mixture.ts'
import { randomRotation } from './rotation.ts'
import { randomStream } from '@whitewater/tensor'

/** Second moments about `mean`, [d, d], of the samples with `label` (all when undefined). */
function covariance({ samples, labels }: Dataset, mean: ArrayLike<number>, label?: number): number[] {
  const d = samples.shape[1]
  const sum = new Array<number>(d * d).fill(0)
  let count = 0
  for (let i = 0; i < samples.shape[0]; i++) {
    if (label !== undefined && labels?.[i] !== label) continue
    const x = samples.data.subarray(i * d, (i + 1) * d)
    for (let k = 0; k < d * d; k++)
      sum[k] += (x[Math.floor(k / d)] - mean[Math.floor(k / d)]) * (x[k % d] - mean[k % d])
    count++
  }
  return sum.map((v) => v / count)
}

describe.each(datasetNames.filter((name) => name !== 'mnist'))('%s', (name) => {
  it('is finite, the same for the same seed, and fresh for another seed or split', async () => {
    const make = (options: DatasetOptions): Promise<Dataset> => dataset(name, { samples: 64, ...options })
    const one = await make({ seed: 3 })
    expect(one.name).toBe(name)
    expect(one.samples.shape[0]).toBe(64)
    expect(one.samples.data.every(Number.isFinite)).toBe(true)
    expect(one.labels?.every((label) => label >= 0 && label < (one.classes ?? 0)) ?? true).toBe(true)
    expect(await make({ seed: 3 })).toEqual(one)
    expect((await make({ seed: 4 })).samples.data).not.toEqual(one.samples.data)
    expect((await make({ seed: 3, split: 'test' })).samples.data).not.toEqual(one.samples.data)
  })
})

describe('randomRotation', () => {
  it('is orthogonal to rounding', () => {
    const d = 40
    const { data: q } = randomRotation(d, randomStream(1))
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let product = 0
        for (let k = 0; k < d; k++) product += q[i * d + k] * q[j * d + k]
        expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-14)
      }
    }
  })
})

describe('gaussian', () => {
  it('has the covariance that gaussianCovariance gives', async () => {
    const options = { dimension: 3, conditionNumber: 100, seed: 2 }
    const exact = gaussianCovariance(options).data
    const samples = 100_000
    const found = covariance(await dataset('gaussian', { ...options, samples }), [0, 0, 0])
    // Standard error of an entry of the sample covariance is at most sqrt(2 / N) times the largest eigenvalue, 1.
    found.forEach((value, i) => expect(Math.abs(value - exact[i])).toBeLessThan(5 * Math.sqrt(2 / samples)))
    const held = await dataset('gaussian', { ...options, samples, split: 'test' })
    covariance(held, [0, 0, 0]).forEach((value, i) =>
      expect(Math.abs(value - exact[i])).toBeLessThan(5 * Math.sqrt(2 / samples)),
    )
  })

  it('has the spectrum asked for: trace and determinant of a rotated geometric progression', () => {
    const { data: s } = gaussianCovariance({ dimension: 2, conditionNumber: 50 })
    expect(s[0] + s[3]).toBeCloseTo(1 + 1 / 50, 12)
    expect(s[0] * s[3] - s[1] * s[2]).toBeCloseTo(1 / 50, 12)
  })

  it('refuses what is no dimension or condition number', async () => {
    await expect(dataset('gaussian', { dimension: 1 })).rejects.toThrow(
      'dimension is 1, expected an integer of at least 2',
    )
    await expect(dataset('gaussian', { conditionNumber: 0.5 })).rejects.toThrow('conditionNumber is 0.5')
  })
})

describe('mixture', () => {
  it.each([2, 3])('has the components that mixtureParameters gives, in %d dimensions', async (dimension) => {
    const options = { components: 3, dimension, conditionNumber: 20, seed: 5 }
    const { weights, means, covariances } = mixtureParameters(options)
    const samples = 60_000
    const found = await dataset('mixture', { ...options, samples })
    for (let k = 0; k < 3; k++) {
      const share = (found.labels ?? []).filter((label) => label === k).length / samples
      expect(Math.abs(share - weights[k])).toBeLessThan(5 * Math.sqrt(2 / 9 / samples))
      const mean = means.data.subarray(k * dimension, (k + 1) * dimension)
      expect(Math.hypot(...mean)).toBeCloseTo(4, 12)
      covariance(found, mean, k).forEach((value, i) =>
        expect(Math.abs(value - covariances[k].data[i])).toBeLessThan(5 * Math.sqrt(2 / (samples / 3))),
      )
    }
  })
})

describe('the planar toys', () => {
  it('lie where their curves say', async () => {
    const roll = (await dataset('swiss-roll', { samples: 500, noise: 0 })).samples.data
    const moons = await dataset('two-moons', { samples: 500, noise: 0 })
    const board = (await dataset('checkerboard', { samples: 500 })).samples.data
    for (let i = 0; i < 500; i++) {
      const t = 10 * Math.hypot(roll[2 * i], roll[2 * i + 1])
      expect(roll[2 * i]).toBeCloseTo((t * Math.cos(t)) / 10, 4)
      const [x, y] = moons.samples.data.subarray(2 * i, 2 * i + 2)
      const lower = moons.labels?.[i] === 1
      expect(Math.hypot(x - (lower ? 1 : 0), y - (lower ? 0.5 : 0))).toBeCloseTo(1, 5)
      expect(lower ? y <= 0.5 : y >= -1e-6).toBe(true)
      const column = Math.floor((board[2 * i] + 4) / 2)
      const row = Math.floor((board[2 * i + 1] + 4) / 2)
      expect((column + row) % 2).toBe(0)
      expect(Math.max(column, row)).toBeLessThan(4)
    }
  })
})
