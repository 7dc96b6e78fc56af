import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ndarray, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { dataset } from '../data/registry.ts'
import { covariance, flatten } from '../linalg/covariance.ts'
import { eigenSymmetric } from '../linalg/eigen.ts'
import { largestDifference } from '../linalg/matrix.ts'
import { dataMoments, momentsOf } from './moments.ts'
import { roundTripError, type FittedPreconditioner } from './preconditioner.ts'
import { closedFormKinds, loadPreconditioner, preconditioner, savePreconditioner } from './registry.ts'
import { zca } from './zca.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** Correlated samples of a random linear map at a random scale, in two classes. */
function correlated(seed: number, d: number, scale: number, count = 300): Dataset {
  const stream = randomStream(seed)
  const [noise, map] = [stream.normal(count * d), stream.normal(d * d)]
  const data = new Float32Array(count * d)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < d; k++) data[i * d + j] += scale * noise[i * d + k] * map[k * d + j]
      data[i * d + j] += scale
    }
  }
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  return { name: 'correlated', samples: ndarray(data, [count, d]), labels, classes: 2 }
}

describe('linear preconditioners', () => {
  it.each(closedFormKinds)(
    '%s comes back to the data within 1e-5, over dimensions and scales',
    async (kind) => {
      const property = fc.asyncProperty(
        fc.nat(1000),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: -6, max: 6 }),
        async (seed, d, exponent) => {
          const data = correlated(seed, d, 10 ** exponent)
          const fitted = await preconditioner(kind).fit(data, cpu)
          expect(await roundTripError(fitted, data.samples, data.labels)).toBeLessThan(1e-5)
          await fitted.dispose()
        },
      )
      await fc.assert(property, { numRuns: 12, seed: 7 })
    },
  )

  it('zca whitens: the covariance of P(x) is the identity', async () => {
    const data = correlated(5, 6, 3)
    const fitted = await preconditioner('zca').fit(data, cpu)
    const { mean, covariance: sigma } = covariance(flatten(await fitted.transform(data.samples)))
    mean.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-5))
    sigma.data.forEach((value, i) => expect(Math.abs(value - (i % 7 === 0 ? 1 : 0))).toBeLessThan(1e-4))
    await fitted.dispose()
  })

  it('standardise gives unit variances and keeps correlations', async () => {
    const data = correlated(5, 6, 3)
    const fitted = await preconditioner('standardise').fit(data, cpu)
    const { covariance: sigma } = covariance(flatten(await fitted.transform(data.samples)))
    for (let j = 0; j < 6; j++) expect(sigma.data[j * 7]).toBeCloseTo(1, 4)
    await fitted.dispose()
  })

  it.each(closedFormKinds)('%s reports log|det| of its Jacobian', async (kind) => {
    const data = correlated(2, 3, 0.1)
    const fitted = await preconditioner(kind).fit(data, cpu)
    const step = 0.25
    const [base, label] = [data.samples.data.subarray(0, 3), data.labels?.[0] ?? 0]
    const moved = Float32Array.from(
      { length: 12 },
      (_, i) => base[i % 3] + (i - 3 === 4 * (i % 3) ? step : 0),
    )
    const rows = ndarray(moved, [4, 3])
    const labels = new Int32Array(4).fill(label)
    const { data: z } = await fitted.transform(rows, labels)
    const jacobian = Float64Array.from({ length: 9 }, (_, i) => (z[3 + i] - z[i % 3]) / step)
    const [logDet] = (await fitted.logDet?.(rows, labels)) ?? []
    expect(logDet).toBeCloseTo(Math.log(Math.abs(det3(jacobian))), 4)
    await fitted.dispose()
  })

  it.each(closedFormKinds.filter((kind) => 'fitMoments' in preconditioner(kind)))(
    '%s fitted from moments is the same map, and says what becomes of the covariance',
    async (kind) => {
      const data = correlated(9, 7, 3)
      const moments = await momentsOf(data, cpu)
      const one = preconditioner(kind)
      const [fitted, again] = [await one.fit(data, cpu), await one.fitMoments?.(moments, cpu)]
      const [z, same] = [await fitted.transform(data.samples), await again?.transform(data.samples)]
      expect(again?.describe()).toEqual(fitted.describe())
      z.data.forEach((value, i) => expect(same?.data[i]).toBeCloseTo(value, 5))
      const after = await again?.covarianceAfter?.(moments.covariance)
      const measured = covariance(flatten(z)).covariance
      expect(after && largestDifference(after, measured) / measured.data[0]).toBeLessThan(1e-5)
      await fitted.dispose()
      await again?.dispose()
    },
  )

  it('decomposes the covariance once, whoever asks', async () => {
    const data = correlated(3, 4, 1)
    let calls = 0
    const moments = dataMoments(await momentsOf(data, cpu), (sigma) => {
      calls++
      return eigenSymmetric(sigma)
    })
    expect(await moments.eigen()).toBe(await moments.eigen())
    await (await zca().fitMoments?.(moments, cpu))?.dispose()
    expect(calls).toBe(1)
  })

  it('stays invertible on fewer samples than dimensions, and says how many directions were raised', async () => {
    const data = correlated(1, 20, 1, 8)
    const fitted = await preconditioner('zca').fit(data, cpu)
    expect(fitted.describe()).toMatchObject({ floored: 13, features: 20 })
    expect(await roundTripError(fitted, data.samples)).toBeLessThan(1e-4)
    await fitted.dispose()
  })
})

const det3 = ([a, b, c, d, e, f, g, h, i]: Float64Array): number =>
  a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)

describe('saving', () => {
  const inFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
    await use(folder).finally(() => rm(folder, { recursive: true }))
  }

  it.each(closedFormKinds)('%s maps the same after save and load', async (kind) => {
    await inFolder(async (folder) => {
      const data = await dataset('glyphs', { samples: 400, resolution: 4 })
      const fitted = await preconditioner(kind).fit(data, cpu)
      await savePreconditioner(folder, fitted)
      const loaded: FittedPreconditioner = await loadPreconditioner(folder, cpu)
      const mapped = await fitted.transform(data.samples, data.labels)
      expect((await loaded.transform(data.samples, data.labels)).data).toEqual(mapped.data)
      expect(loaded.describe()).toEqual(fitted.describe())
      await fitted.dispose()
      await loaded.dispose()
    })
  })

  it('says what is wrong with a folder that holds none, or a damaged one', async () => {
    await inFolder(async (folder) => {
      await expect(loadPreconditioner(folder)).rejects.toThrow(
        /preconditioner\.json.*expected a folder written by/,
      )
      await writeFile(join(folder, 'preconditioner.json'), '{"kind": "zca"')
      await expect(loadPreconditioner(folder)).rejects.toThrow(/is damaged/)
    })
  })
})

describe('errors', () => {
  it('suggests the nearest kind', () => {
    expect(() => preconditioner('zac')).toThrow(/unknown preconditioner 'zac': did you mean 'zca'/)
  })

  it('names both shapes when samples do not fit', async () => {
    const fitted = await preconditioner('zca').fit(correlated(0, 3, 1), cpu)
    const other = correlated(0, 4, 1).samples
    expect(() => fitted.transform(other)).toThrow(/fitted to samples of shape \[3\], got \[4\]/)
    await fitted.dispose()
  })

  it.each(['zca', 'standardise'])('%s refuses data without any variance', async (kind) => {
    const data = { name: 'flat', samples: ndarray(new Float32Array(20).fill(2), [10, 2]) }
    await expect(async () => preconditioner(kind).fit(data, cpu)).rejects.toThrow(
      /all (2 )?features are constant/,
    )
  })
})
