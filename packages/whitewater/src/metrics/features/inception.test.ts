// The features of the usual FID, from files of weights: pytorch-fid's outputs for formula weights lie among the goldens.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray } from '@whitewater/tensor'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { writeSafetensors } from '../../data/files.ts'
import { goldenJson, goldenNote, goldenTensors, haveGoldens } from '../../linalg/testing/goldens.ts'
import { formulaCheckpoint, formulaImages } from '../../nn/inception/testing.ts'
import type { FeatureExtractor } from './extractor.ts'
import { extractorNames, featureExtractor } from './registry.ts'

let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'whitewater-'))))
afterEach(() => vi.unstubAllGlobals())
afterAll(() => rmSync(folder, { recursive: true }))

const schema = z.object({ parameters: z.record(z.string(), z.array(z.number())) })

describe.skipIf(!haveGoldens)(`features of given weights${goldenNote}`, () => {
  let extractor: FeatureExtractor
  beforeAll(async () => {
    const { parameters } = schema.parse(goldenJson('inception/a'))
    const weights = join(folder, 'formula.safetensors')
    await writeSafetensors(weights, formulaCheckpoint(parameters))
    extractor = await featureExtractor('inception', { weights })
  })
  afterAll(() => extractor.dispose())

  it('are those of the reference, for images in [-1, 1]', async () => {
    expect(extractor).toMatchObject({ name: 'inception', dimension: 2048 })
    expect(extractor.hash).toMatch(/^[0-9a-f]{64}$/)
    // The first of four, whose values do not depend on the others.
    const { data } = formulaImages('fid.images.a', [1, 3, 299, 299])
    const got = await extractor.features(
      ndarray(
        data.map((value) => 2 * value - 1),
        [1, 3, 299, 299],
      ),
    )
    const expected = goldenTensors('inception/a')('pool')
    expect(got.shape).toEqual([1, 2048])
    got.data.forEach((value, i) => expect(Math.abs(value - expected.data[i])).toBeLessThan(5e-5))
  })

  it('take small images of one channel as grey, in batches that are filled up', async () => {
    const grey = ndarray(
      Float32Array.from({ length: 17 * 64 }, (_, i) => Math.sin(i)),
      [17, 1, 8, 8],
    )
    const { data: batched, shape } = await extractor.features(grey)
    expect(shape).toEqual([17, 2048])
    const last = Float32Array.from({ length: 3 * 64 }, (_, i) => grey.data[16 * 64 + (i % 64)])
    const { data: alone } = await extractor.features(ndarray(last, [1, 3, 8, 8]))
    alone.forEach((value, i) => expect(batched[16 * 2048 + i]).toBeCloseTo(value, 5))
  })

  it('refuses what is no image', async () => {
    await expect(extractor.features(ndarray(new Float32Array(8), [2, 4]))).rejects.toThrow(
      "features 'inception' take images of shape [1 or 3, height, width], got samples of shape [4]",
    )
  })
})

it('is one of the registered extractors', () => {
  expect(extractorNames).toContain('inception')
})

it('refuses weights of another network', async () => {
  const weights = join(folder, 'other.safetensors')
  await writeSafetensors(weights, [['weight', ndarray(Float32Array.of(1), [1])]])
  await expect(featureExtractor('inception', { weights })).rejects.toThrow(
    'other.safetensors has no tensor Conv2d_1a_3x3.conv.weight: expected the weights of pytorch-fid',
  )
  await expect(featureExtractor('inception', { weights: join(folder, 'none.pth') })).rejects.toThrow(
    'none.pth does not exist',
  )
})

it('offline says to pass --weights; a damaged file in the cache is downloaded again', async () => {
  const cache = join(folder, 'cache')
  const fetched: string[] = []
  vi.stubGlobal('fetch', (url: string) => {
    fetched.push(new URL(url).pathname)
    return Promise.resolve(new Response(Uint8Array.of(1, 2, 3)))
  })
  const failing = featureExtractor('inception', { cache })
  await expect(failing).rejects.toThrow(
    /^cannot download Inception's weights from 2 mirrors .*expected 6726825d.*pass it with --weights$/,
  )
  expect(readdirSync(cache)).toEqual([])
  writeFileSync(join(cache, 'pt_inception-2015-12-05-6726825d.pth'), 'half of it')
  await expect(featureExtractor('inception', { cache })).rejects.toThrow('cannot download')
  expect(fetched).toHaveLength(4)
})
