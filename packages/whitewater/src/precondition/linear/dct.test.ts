import { ndarray, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { conditionNumber } from '../../linalg/roots.ts'
import { dct } from './dct.ts'
import { momentsOf } from './moments.ts'
import { standardise } from './standardise.ts'
import { correlated } from './testing/linear-cases.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** Smooth stationary images [2, 6, 5]: sums of autoregressive steps along both axes, with mirrored starts. */
function smooth(count: number) {
  const channels = 2
  const height = 6
  const width = 5
  const rho = 0.9
  const size = channels * height * width
  const data = randomStream(3).normal(count * size)
  const fresh = Math.sqrt(1 - rho ** 2)
  for (let image = 0; image < count * channels; image++) {
    const at = (y: number, x: number) => (image * height + y) * width + x
    for (let y = 0; y < height; y++) {
      for (let x = 1; x < width; x++) data[at(y, x)] = rho * data[at(y, x - 1)] + fresh * data[at(y, x)]
    }
    for (let y = 1; y < height; y++) {
      for (let x = 0; x < width; x++) data[at(y, x)] = rho * data[at(y - 1, x)] + fresh * data[at(y, x)]
    }
  }
  return { name: 'smooth', samples: ndarray(data, [count, channels, height, width]) }
}

describe('dct', () => {
  it('gives every frequency of every channel unit variance', async () => {
    const data = correlated({ seed: 2, features: [2, 3, 4] })
    const { covariance: sigma } = await momentsOf(data, cpu)
    const fitted = await dct({ domain: 'frequencies' }).fit(data, { engine: cpu })
    const after = await fitted.covarianceAfter?.(sigma)
    for (let j = 0; j < 24; j++) expect(after?.data[j * 25]).toBeCloseTo(1, 10)
    await fitted.dispose()
  })

  it('transforms as the sum of cosines does', async () => {
    const data = correlated({ seed: 4, features: [1, 3, 4], count: 50 })
    const fitted = await dct({ domain: 'frequencies' }).fit(data, { engine: cpu })
    const z = await fitted.transform(data.samples)
    const x = data.samples.data
    const mean = Array.from(
      { length: 12 },
      (_, j) => Array.from({ length: 50 }, (_, i) => x[12 * i + j]).reduce((a, b) => a + b) / 50,
    )
    const frequency = (sample: number, k: number, l: number): number => {
      let sum = 0
      for (let y = 0; y < 3; y++) {
        for (let c = 0; c < 4; c++) {
          const wave = Math.cos((Math.PI * (2 * y + 1) * k) / 6) * Math.cos((Math.PI * (2 * c + 1) * l) / 8)
          sum += (x[12 * sample + 4 * y + c] - mean[4 * y + c]) * wave
        }
      }
      return sum
    }
    const ratio = z.data[6] / frequency(0, 1, 2)
    for (let i = 1; i < 50; i++) expect(z.data[12 * i + 6] / frequency(i, 1, 2) / ratio).toBeCloseTo(1, 3)
    await fitted.dispose()
  })

  it('nearly whitens smooth images, in pixels as in frequencies, where a scale a pixel does nothing', async () => {
    const data = smooth(4000)
    const { covariance: sigma } = await momentsOf(data, cpu)
    const kappas: number[] = []
    for (const one of [dct(), dct({ domain: 'frequencies' }), standardise()]) {
      const fitted = await one.fit(data, { engine: cpu })
      const after = await fitted.covarianceAfter?.(sigma)
      kappas.push(after ? conditionNumber(after) : NaN)
      await fitted.dispose()
    }
    expect(kappas[0]).toBeCloseTo(kappas[1], 6)
    expect(conditionNumber(sigma)).toBeGreaterThan(1000)
    expect(kappas[2]).toBeGreaterThan(1000)
    expect(kappas[0]).toBeLessThan(10)
  })

  it('sees one channel in [height, width], and flat samples as it is told', async () => {
    const { samples } = correlated({ seed: 5, features: [1, 3, 4], count: 30 })
    const shaped = (shape: readonly number[]) => ({
      name: 'images',
      samples: ndarray(samples.data, [30, ...shape]),
    })
    const own = await dct().fit(shaped([1, 3, 4]), { engine: cpu })
    const plane = await dct().fit(shaped([3, 4]), { engine: cpu })
    const flat = await dct({ shape: '1x3x4' }).fit(shaped([12]), { engine: cpu })
    const { data } = await own.transform(samples)
    expect((await plane.transform(shaped([3, 4]).samples)).data).toEqual(data)
    expect((await flat.transform(shaped([12]).samples)).data).toEqual(data)
    await expect(async () => dct().fit(shaped([12]), { engine: cpu })).rejects.toThrow(
      /dct sees samples as images \[channels, height, width\], got samples of shape \[12\]: say what they are with shape, such as 1x28x28/,
    )
    for (const map of [own, plane, flat]) await map.dispose()
  })
})
