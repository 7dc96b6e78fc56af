import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seeds } from '../linalg/testing/arbitrary.ts'
import { goldenJson, goldenNote, goldenTensors, haveGoldens } from '../linalg/testing/goldens.ts'
import {
  featureReference,
  type FeatureComparison,
  type FeatureReferenceOptions,
} from './feature-comparison.ts'
import { frechetDistance } from './frechet.ts'
import { kid } from './kid.ts'
import { manifoldMetrics } from './manifold.ts'
import { medianBandwidthOf, mmd } from './mmd.ts'
import type { Vectors } from './samples.ts'
import { cloud } from './testing.ts'

async function compared(
  real: Vectors,
  generated: Vectors,
  options: FeatureReferenceOptions = {},
): Promise<FeatureComparison> {
  const reference = await featureReference(real, { engine: { threads: 1 }, ...options })
  try {
    return await reference.compare(generated, { pairs: true })
  } finally {
    await reference.dispose()
  }
}

/** The same by the plain loops of this folder. */
function plain(real: Vectors, generated: Vectors, k = 3, bandwidth = medianBandwidthOf(real)) {
  return {
    frechet: frechetDistance(real, generated),
    mmd: mmd(real, generated, { bandwidth }),
    kid: kid(real, generated).unbiased,
    ...manifoldMetrics(real, generated, { k }),
    bandwidth,
    k,
  }
}

/** Shares of samples exactly, the rest to `digits` of what it is made of. */
function expectSame(found: FeatureComparison, expected: FeatureComparison, scale = 1): void {
  const { precision, recall, coverage, bandwidth, k } = expected
  expect(found).toMatchObject({ precision, recall, coverage, bandwidth, k })
  expect(found.density).toBeCloseTo(expected.density, 12)
  expect(Math.abs(found.frechet - expected.frechet)).toBeLessThan(1e-9 * (1 + expected.frechet))
  expect(Math.abs(found.mmd - expected.mmd)).toBeLessThan(1e-7)
  expect(Math.abs(found.kid - expected.kid)).toBeLessThan(1e-11 * scale)
}

/** Mean of (a.a / d + 1)^3 over the generated samples: the size of what KID is a difference of. */
function cubes({ data, shape: [n, d] }: Vectors): number {
  let sum = 0
  for (let i = 0; i < n; i++) {
    let square = 0
    for (let at = i * d; at < (i + 1) * d; at++) square += data[at] ** 2
    sum += (square / d + 1) ** 3
  }
  return sum / n
}

test('agrees with plain loops on small sets', async () => {
  const size = fc.integer({ min: 6, max: 40 })
  await fc.assert(
    fc.asyncProperty(size, size, fc.integer({ min: 1, max: 9 }), seeds, async (n, m, d, seed) => {
      const real = cloud(n, d, seed, 5)
      const generated = cloud(m, d, seed + 1, 5.3)
      const k = 1 + (seed % 5)
      const found = await compared(real, generated, { k })
      expectSame(found, plain(real, generated, k), cubes(generated))
    }),
    { numRuns: 8 },
  )
})

test.each([
  [512, 513, 3],
  [1031, 300, 17],
  [300, 1537, 2],
])('agrees with plain loops over several blocks: %i real, %i generated, %i features', async (n, m, d) => {
  const real = cloud(n, d, 1)
  const generated = cloud(m, d, 2, 0.1)
  expectSame(await compared(real, generated), plain(real, generated), cubes(generated))
})

test('far from the origin no digits are lost', async () => {
  const real = cloud(600, 4, 1, 1000)
  const generated = cloud(550, 4, 2, 1000.1)
  expectSame(await compared(real, generated), plain(real, generated), cubes(generated))
})

test('does not depend on the order of the samples', async () => {
  const reversed = ({ data, shape: [n, d] }: Vectors): Vectors =>
    ndarray(
      Float64Array.from({ length: n * d }, (_, at) => data[(n - 1 - Math.floor(at / d)) * d + (at % d)]),
      [n, d],
    )
  const real = cloud(700, 5, 1)
  const generated = cloud(640, 5, 2, 0.2)
  const bandwidth = 2
  const found = await compared(real, generated, { bandwidth })
  const turned = await compared(reversed(real), reversed(generated), { bandwidth })
  expectSame(turned, found, cubes(generated))
})

test('identical sets over several blocks, distant ones, copies of one point', async () => {
  const x = cloud(1030, 6, 3)
  const same = await compared(x, x)
  expect(same).toMatchObject({ precision: 1, recall: 1, coverage: 1, density: 1 })
  expect(same.frechet).toBeLessThan(1e-9)
  // Unbiased: pairs of a sample with itself are left out on one side only.
  expect(Math.abs(same.mmd - mmd(x, x, { bandwidth: same.bandwidth }))).toBeLessThan(1e-7)
  const far = await compared(x, cloud(600, 6, 4, 100))
  expect(far).toMatchObject({ precision: 0, recall: 0, coverage: 0, density: 0 })
  const one = ndarray(new Float32Array(40).fill(0.1), [20, 2])
  const collapsed = await compared(cloud(30, 2, 1), one)
  expect(collapsed.recall).toBe(0)
  expect((await compared(one, one, { bandwidth: 1 })).precision).toBe(0)
})

test('the Frechet distance of many features, one set rank-deficient', async () => {
  const real = cloud(400, 150, 1)
  const generated = cloud(90, 150, 2, 0.2)
  const reference = await featureReference(real, { engine: { threads: 1 } })
  const { frechet } = await reference.compare(generated)
  expect(frechet / frechetDistance(real, generated)).toBeCloseTo(1, 7)
  await reference.dispose()
})

test('the real side is computed once, and not at all for the Frechet distance', async () => {
  const stages: string[] = []
  const onProgress = (stage: string, done: number, total: number): void => {
    if (done === total) stages.push(stage)
  }
  const real = cloud(520, 3, 1)
  const generated = cloud(30, 3, 2)
  const reference = await featureReference(real, { engine: { threads: 1 }, onProgress })
  expect(await reference.compare(generated)).toEqual({ frechet: frechetDistance(real, generated) })
  expect(stages).toEqual([])
  const whole = await reference.compare(generated, { pairs: true })
  expect(await reference.compare(generated, { pairs: true })).toEqual(whole)
  expect(stages).toEqual([
    'pairs of real samples',
    'pairs of generated samples',
    'real against generated samples',
    'pairs of generated samples',
    'real against generated samples',
  ])
  expect(whole.bandwidth).toBe(reference.bandwidth)
  await reference.dispose()
})

test('stops when told to, and can be asked again', async () => {
  const stop = new AbortController()
  const onProgress = (): void => {
    if (!stop.signal.aborted) stop.abort()
  }
  const reference = await featureReference(cloud(600, 2, 1), {
    engine: { threads: 1 },
    signal: stop.signal,
    onProgress,
  })
  await expect(reference.compare(cloud(30, 2, 2), { pairs: true })).rejects.toThrow('aborted')
  await expect(reference.compare(cloud(30, 2, 2))).resolves.toMatchObject({})
  await reference.dispose()
})

test('bad input is refused with what was given and expected', async () => {
  const real = cloud(5, 2, 1)
  const same = ndarray(new Float32Array(40), [20, 2])
  await expect(featureReference(cloud(1, 2, 1))).rejects.toThrow('got 1 samples, expected at least 2')
  await expect(featureReference(real, { bandwidth: -1 })).rejects.toThrow('got bandwidth -1')
  await expect(compared(real, cloud(5, 3, 1))).rejects.toThrow('got 2 and 3 features a sample')
  await expect(compared(real, cloud(3, 2, 1))).rejects.toThrow('got k = 3 neighbours for 3 samples')
  await expect(compared(real, real, { k: 0.5 })).rejects.toThrow('got k = 0.5')
  await expect(compared(same, real)).rejects.toThrow('give a bandwidth')
  await expect(compared(real, ndarray(Float32Array.of(1, 2, NaN, 4), [2, 2]))).rejects.toThrow(
    'got NaN in sample 1',
  )
})

interface Golden {
  readonly frechet: { readonly fid_X_Y: number }
  readonly mmd2_rbf: { readonly single: { readonly unbiased: number; readonly sigma: number } }
  readonly kid: { readonly full_unbiased: number }
  readonly prdc: Record<'k3' | 'k5', Record<'precision' | 'recall' | 'density' | 'coverage', number>>
}

function suite(): void {
  const { values: golden } = goldenJson('metrics/a') as { readonly values: Golden }
  const tensor = goldenTensors('metrics/a')

  test.each([3, 5] as const)('all seven, k = %i', async (k) => {
    const { sigma, unbiased } = golden.mmd2_rbf.single
    const found = await compared(tensor('X'), tensor('Y'), { k, bandwidth: sigma })
    const { density, ...shares } = golden.prdc[`k${k}`]
    expect(found).toMatchObject(shares)
    expect(found.density).toBeCloseTo(density, 14)
    expect(found.frechet / golden.frechet.fid_X_Y).toBeCloseTo(1, 10)
    expect(found.mmd / unbiased).toBeCloseTo(1, 6)
    expect(found.kid / golden.kid.full_unbiased).toBeCloseTo(1, 10)
  })
}

describe.skipIf(!haveGoldens)(
  `metrics golden on the engine${goldenNote}`,
  haveGoldens ? suite : () => test('goldens', () => {}),
)
