import { ndarray } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { covariance } from '../../linalg/covariance.ts'
import { identity, largestDifference } from '../../linalg/matrix.ts'
import { blocks, type BlocksOptions } from './blocks.ts'
import type { Samples } from '../preconditioner.ts'
import { preconditioner } from '../registry.ts'
import { correlated } from './testing/linear-cases.ts'
import { zca } from './zca.ts'

const cpu = { device: 'cpu', threads: 1 } as const

const channels = 3
const height = 4
const width = 6
const image = correlated({ seed: 7, features: [channels, height, width], count: 400 })

const at = (c: number, y: number, x: number): number => (c * height + y) * width + x
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** The features of each block, by the map that they share: written down, not computed from axes. */
const layouts: Readonly<Record<string, number[][][]>> = {
  pixel: [range(height).flatMap((y) => range(width).map((x) => range(channels).map((c) => at(c, y, x))))],
  channel: range(channels).map((c) => [range(height).flatMap((y) => range(width).map((x) => at(c, y, x)))]),
  patch: [
    [0, 2].flatMap((top) =>
      [0, 2, 4].map((left) =>
        range(channels).flatMap((c) => [0, 1].flatMap((y) => [0, 1].map((x) => at(c, top + y, left + x)))),
      ),
    ),
  ],
  run: range(9).map((run) => [range(8).map((j) => 8 * run + j)]),
}

const options: Readonly<Record<string, BlocksOptions>> = {
  pixel: {},
  channel: { by: 'channel' },
  patch: { by: 'patch', size: 2 },
  run: { by: 'run', size: 8 },
}

/** The blocks at these features of all samples, as samples of their own. */
function gathered({ data, shape: [n] }: Samples, places: readonly number[][]) {
  const d = data.length / n
  const values = range(n).flatMap((i) => places.flatMap((features) => features.map((j) => data[i * d + j])))
  return { data: Float64Array.from(values), n: n * places.length, d: places[0].length }
}

describe('blocks', () => {
  it.each(Object.keys(layouts))(
    'by %s whitens every block, pooled over those that share a map',
    async (by) => {
      const fitted = await blocks(options[by]).fit(image, { engine: cpu })
      const z = await fitted.transform(image.samples)
      for (const places of layouts[by]) {
        const { mean, covariance: sigma } = covariance(gathered(z, places))
        expect(largestDifference(sigma, identity(places[0].length))).toBeLessThan(1e-4)
        mean.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-5))
      }
      await fitted.dispose()
    },
  )

  it('moves no feature into another block', async () => {
    const fitted = await blocks(options.patch).fit(image, { engine: cpu })
    const before = await fitted.transform(image.samples)
    const changed = image.samples.data.slice()
    changed[at(1, 2, 3)] += 1
    const after = await fitted.transform(ndarray(changed, image.samples.shape))
    const moved = range(72).filter((j) => before.data[j] !== after.data[j])
    expect(moved.sort()).toEqual([...layouts.patch[0][4]].sort())
    await fitted.dispose()
  })

  it('of one run of all features is zca', async () => {
    const data = correlated({ seed: 3, features: [5] })
    const one = await blocks({ by: 'run', size: 5 }).fit(data, { engine: cpu })
    const other = await zca().fit(data, { engine: cpu })
    const z = await other.transform(data.samples)
    ;(await one.transform(data.samples)).data.forEach((value, i) => expect(value).toBeCloseTo(z.data[i], 5))
    await one.dispose()
    await other.dispose()
  })

  it('sees flat samples as images where it is told their shape', async () => {
    const { samples } = image
    const flat = { name: 'flat', samples: ndarray(samples.data, [samples.shape[0], 72]) }
    const fitted = await blocks({ shape: '3x4x6' }).fit(flat, { engine: cpu })
    const own = await blocks().fit(image, { engine: cpu })
    expect((await fitted.transform(flat.samples)).data).toEqual((await own.transform(samples)).data)
    expect(() => preconditioner('blocks', { shape: '3x4' })).toThrow(
      /shape is "3x4": expected channels x height x width/,
    )
    await expect(async () => blocks().fit(flat, { engine: cpu })).rejects.toThrow(
      /got samples of shape \[72\]: say what they are with shape/,
    )
    await expect(async () => blocks({ shape: '3x4x5' }).fit(flat, { engine: cpu })).rejects.toThrow(
      /shape 3x4x5 does not fit/,
    )
    await fitted.dispose()
    await own.dispose()
  })

  it('raises a block that is constant to the floor of all', async () => {
    const { samples } = correlated({ seed: 1, features: [4], scale: 2 })
    const data = samples.data.map((value, i) => (i % 4 < 2 ? 3 : value))
    const half = { name: 'half constant', samples: ndarray(data, samples.shape) }
    const fitted = await blocks({ by: 'run', size: 2 }).fit(half, { engine: cpu })
    expect(fitted.describe()).toMatchObject({ floored: 2, maps: 2, 'features a block': 2 })
    const z = await fitted.transform(half.samples)
    expect(z.data.subarray(0, 2)).toEqual(Float32Array.of(0, 0))
    await fitted.dispose()
    await expect(async () =>
      blocks({ by: 'run', size: 2, floor: 0 }).fit(half, { engine: cpu }),
    ).rejects.toThrow(/covariance of block 0 of 2 is singular/)
  })

  it('refuses sizes that do not divide, or that mean nothing', async () => {
    await expect(async () => blocks({ by: 'patch', size: 4 }).fit(image, { engine: cpu })).rejects.toThrow(
      /size 4 does not divide the width 6/,
    )
    await expect(async () => blocks({ by: 'run', size: 7 }).fit(image, { engine: cpu })).rejects.toThrow(
      /does not divide the number of features 72/,
    )
    expect(() => blocks({ by: 'channel', size: 2 })).toThrow(/size is for by 'patch' and 'run'/)
  })
})
