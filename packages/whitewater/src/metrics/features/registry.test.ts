import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluate, float32Of, fromArray, ndarray, type NdArray } from '@whitewater/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSafetensors } from '../../data/files.ts'
import { dataset } from '../../data/registry.ts'
import { frechetDistance } from '../frechet.ts'
import { classifierPath, readClassifier } from './classifier-file.ts'
import type { FeatureExtractor } from './extractor.ts'
import { recipeKey, recipeOf } from './recipe.ts'
import { checkFeatureImages, extractorNames, featureExtractor, perceptual } from './registry.ts'

const source = { source: 'glyphs', resolution: 8 }
const recipe = recipeOf('glyphs', source)

let cache: string
let extractor: FeatureExtractor
let images: NdArray<Float32Array>
let others: NdArray<Float32Array>
const progress: number[] = []

const glyphs = async (seed: number): Promise<NdArray<Float32Array>> =>
  (await dataset('glyphs', { resolution: 8, samples: 700, seed })).samples

beforeAll(async () => {
  cache = mkdtempSync(join(tmpdir(), 'whitewater-'))
  images = await glyphs(8)
  others = await glyphs(9)
  const onProgress = (done: number, total: number): void => void progress.push(done / total)
  extractor = await featureExtractor('glyphs', { source, cache, onProgress })
}, 60_000)
afterAll(async () => {
  await extractor.dispose()
  rmSync(cache, { recursive: true })
})

describe('a classifier made by recipe', () => {
  it('is trained to its end, measured, and kept in one file under the name of its recipe', async () => {
    expect(progress.at(-1)).toBe(1)
    expect(extractor).toMatchObject({ name: 'glyphs', dimension: 128 })
    // At 8 x 8 pixels some glyphs are no longer legible.
    expect(extractor.accuracy).toBeGreaterThan(0.93)
    const path = classifierPath(recipe, cache)
    expect(readdirSync(cache)).toEqual([`glyphs-${recipeKey(recipe).slice(0, 16)}.safetensors`])
    expect((await readSafetensors(path)).metadata).toMatchObject({
      name: 'glyphs',
      hash: extractor.hash,
      accuracy: String(extractor.accuracy),
      recipe: recipeKey(recipe),
    })
  })

  it('is read from the cache the next time, and gives the same features', async () => {
    const before = statSync(classifierPath(recipe, cache)).mtimeMs
    const again = await featureExtractor('glyphs', { source, cache })
    expect(statSync(classifierPath(recipe, cache)).mtimeMs).toBe(before)
    expect(again).toMatchObject({ hash: extractor.hash, accuracy: extractor.accuracy })
    expect(await again.features(images)).toEqual(await extractor.features(images))
    await again.dispose()
  })

  it('is not used when its file is damaged or of another recipe', async () => {
    const path = classifierPath(recipe, cache)
    const bytes = readFileSync(path)
    const damaged = join(cache, 'damaged.safetensors')
    const flipped = Buffer.from(bytes)
    flipped[bytes.length - 5] ^= 1
    for (const content of [bytes.subarray(0, 5000), Buffer.alloc(0), flipped]) {
      writeFileSync(damaged, content)
      expect(await readClassifier(damaged, recipe)).toBeUndefined()
    }
    expect(await readClassifier(path, { ...recipe, epochs: 4 })).toBeUndefined()
    expect(await readClassifier(path, recipe)).toMatchObject({ hash: extractor.hash })
    rmSync(damaged)
  })

  it('has a key of everything that its weights depend on', () => {
    const variants = [
      recipe,
      { ...recipe, epochs: 4 },
      { ...recipe, seed: 1 },
      recipeOf('glyphs'),
      recipeOf('mnist'),
    ]
    expect(new Set(variants.map(recipeKey)).size).toBe(variants.length)
    // Where the data lies does not matter, only which it is.
    expect(recipeKey(recipeOf('mnist', { source: 'mnist', dataDir: '/elsewhere' }))).toBe(
      recipeKey(recipeOf('mnist')),
    )
  })

  it('keeps nothing when training is stopped', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'whitewater-'))
    const options = { source, cache: empty, signal: AbortSignal.abort() }
    await expect(featureExtractor('glyphs', options)).rejects.toThrow(
      "training the features 'glyphs' was stopped: nothing was kept",
    )
    expect(readdirSync(empty)).toEqual([])
    rmSync(empty, { recursive: true })
  })
})

describe('features', () => {
  it('are those of each image alone, whatever the batches, and do not see values beyond black and white', async () => {
    const all = await extractor.features(images)
    expect(all.shape).toEqual([700, 128])
    const part = ndarray(images.data.slice(64 * 600, 64 * 603), [3, 1, 8, 8])
    const few = await extractor.features(part)
    few.data.forEach((value, i) => expect(value).toBeCloseTo(all.data[600 * 128 + i], 4))
    const far = ndarray(
      part.data.map((value) => (value === -1 ? -7 : value === 1 ? 3 : value)),
      part.shape,
    )
    expect(await extractor.features(far)).toEqual(few)
  })

  it('are near for images of one kind and far for damaged ones', async () => {
    const a = await extractor.features(images)
    const b = await extractor.features(others)
    const upsideDown = ndarray(others.data.slice().reverse(), others.shape)
    const c = await extractor.features(upsideDown)
    expect(frechetDistance(a, c)).toBeGreaterThan(5 * frechetDistance(a, b))
  })

  it('tell how far they have come', async () => {
    const seen: number[] = []
    await extractor.features(images, (done, total) => seen.push(done / total))
    expect(seen).toEqual([500 / 700, 1])
  })

  it('refuse what are no images of their size, an unknown name, and a source of other data', async () => {
    await expect(extractor.features(ndarray(new Float32Array(20), [5, 4]))).rejects.toThrow(
      "features 'glyphs' take images of shape [1, 8, 8], got samples of shape [4]",
    )
    await expect(featureExtractor('mnits')).rejects.toThrow(
      "unknown feature extractor 'mnits': did you mean 'mnist'?",
    )
    await expect(featureExtractor('mnist', { source })).rejects.toThrow(
      "features 'mnist' are trained on the dataset mnist, got the source glyphs",
    )
    await expect(featureExtractor('glyphs', { source: { source: 'glyphs', resolution: 6 } })).rejects.toThrow(
      'glyphs has samples of shape [1, 6, 6], expected images [channels, height, width] of at least 8 x 8',
    )
    expect(() => checkFeatureImages('mnist', [1, 28, 28])).not.toThrow()
    expect(() => checkFeatureImages('mnist', [4, 4, 4])).toThrow(
      '[1, 28, 28], got samples of shape [4, 4, 4]',
    )
    expect(() => checkFeatureImages('glyphs', [1, 8, 8], { source })).not.toThrow()
    expect(extractorNames).toEqual(expect.arrayContaining(['mnist', 'glyphs']))
  })
})

describe('perceptual', () => {
  it('gives maps of the same weights at falling sizes, of symbolic images', async () => {
    const network = await perceptual('glyphs', { source, cache })
    expect(network).toMatchObject({ name: 'glyphs', hash: extractor.hash })
    const x = fromArray(ndarray(images.data.slice(0, 128), [2, 1, 8, 8]))
    const made = network.maps(x)
    expect(made.map(({ shape }) => shape)).toEqual([
      [2, 16, 4, 4],
      [2, 32, 2, 2],
      [2, 64, 2, 2],
    ])
    const { last } = await evaluate({ last: made[2] })
    expect(Math.max(...float32Of(last))).toBeGreaterThan(0)
    expect(() => network.maps(fromArray(ndarray(new Float32Array(50), [2, 1, 5, 5])))).toThrow('[1, 8, 8]')
    await expect(perceptual('inception')).rejects.toThrow("a perceptual loss cannot use 'inception'")
  })
})
