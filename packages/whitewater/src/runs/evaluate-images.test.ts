import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray } from '@whitewater/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadAutoencoder } from './load-autoencoder.ts'
import { trainAutoencoder } from './autoencoder-run.ts'
import { dataset } from '../data/registry.ts'
import { train } from './run.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { evaluateImages } from '../metrics/evaluate-images.ts'
import { evaluateRunImages } from './evaluate-images.ts'
import { checkImages, inBatches, type FeatureExtractor } from '../metrics/features/extractor.ts'
import { frechetDistance } from '../metrics/frechet.ts'
import { manifoldMetrics } from '../metrics/manifold.ts'

const cpu = { device: 'cpu', threads: 1 } as const
const resolution = 8
const source = { source: 'glyphs', resolution, samples: 200 }

/** The mean of each row of pixels: features that need no training. */
const rows: FeatureExtractor = {
  name: 'rows',
  hash: 'a'.repeat(64),
  dimension: resolution,
  features(images, onProgress) {
    checkImages('rows', images.shape, [1, resolution, resolution])
    return inBatches(
      images,
      { rows: 64, dimension: resolution },
      ({ data }) => {
        const means = new Float32Array(data.length / resolution)
        data.forEach((value, i) => (means[Math.floor(i / resolution)] += value / resolution))
        return Promise.resolve(means)
      },
      onProgress,
    )
  },
  dispose: () => Promise.resolve(),
}

const glyphs = async (seed: number) => dataset('glyphs', { resolution, samples: 200, seed })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
  const data = await dataset('glyphs', { resolution, samples: 200 })
  const options = { engine: cpu, field: mlp({ width: 16, depth: 2 }), steps: 8, batch: 16 }
  await (await train({ ...options, data, source, folder: join(folder, 'pixels') })).dispose()
  const { autoencoder } = await trainAutoencoder({
    engine: cpu,
    data,
    source,
    folder: join(folder, 'vae'),
    width: 8,
    groups: 4,
    steps: 8,
    batch: 16,
    halvings: 1,
  })
  if (!autoencoder) throw new Error('stopped')
  const latents = { name: 'latents', samples: await autoencoder.encode(data.samples) }
  await autoencoder.dispose()
  await (
    await train({ ...options, data: latents, source: { source: 'latents' }, folder: join(folder, 'latents') })
  ).dispose()
})
afterAll(() => rm(folder, { recursive: true }))

describe('evaluateImages', () => {
  it('is the metrics of the features, with what they depend on', async () => {
    const x = await glyphs(1)
    const y = await glyphs(2)
    const a = await rows.features(x.samples)
    const b = await rows.features(y.samples)
    const result = await evaluateImages(x.samples, y.samples, rows, { engine: cpu, k: 4, bandwidth: [0.3] })
    expect(result.frechet).toBeCloseTo(frechetDistance(a, b), 6)
    const { precision, recall } = manifoldMetrics(a, b, { k: 4 })
    expect(result).toMatchObject({
      precision,
      recall,
      k: 4,
      bandwidth: 0.3,
      samples: 200,
      realSamples: 200,
      dimension: 8,
      features: { name: 'rows', hash: rows.hash },
    })
  })

  it('takes one bandwidth, and images', async () => {
    const { samples } = await glyphs(1)
    await expect(evaluateImages(samples, samples, rows, { bandwidth: [1, 2] })).rejects.toThrow(
      'got 2 bandwidths, expected one',
    )
    const points = ndarray(new Float32Array(40), [20, 2])
    await expect(evaluateImages(samples, points, rows)).rejects.toThrow(
      "features 'rows' take images of shape [1, 8, 8], got samples of shape [2]",
    )
  })
})

describe('evaluateRunImages', () => {
  const few = { engine: cpu, samples: 60, steps: 2 }

  it('keeps which weights made the numbers, and refuses others beside them', async () => {
    const run = join(folder, 'pixels')
    const stages = new Set<string>()
    const result = await evaluateRunImages(run, rows, {
      ...few,
      onProgress: (stage) => void stages.add(stage),
    })
    expect(result).toMatchObject({
      run,
      reference: 'fresh samples',
      samples: 60,
      realSamples: 60,
      step: 8,
      evaluations: 4,
      seed: 0,
      features: { name: 'rows', hash: rows.hash },
    })
    expect([...stages]).toEqual(expect.arrayContaining(['samples', 'features']))
    const path = join(run, 'evaluation.json')
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(result)
    const other = { ...rows, hash: 'b'.repeat(64) }
    await expect(evaluateRunImages(run, other, few)).rejects.toThrow(
      `${path} was measured in features 'rows' aaaaaaaaaaaa, and these are 'rows' bbbbbbbbbbbb`,
    )
    // Features of another name are another question, and a file that cannot be read holds no number.
    expect((await evaluateRunImages(run, { ...other, name: 'columns' }, few)).features.name).toBe('columns')
    await writeFile(path, '{')
    expect((await evaluateRunImages(run, other, few)).features.hash).toBe(other.hash)
  })

  it('refuses a run that makes no images before it draws samples', async () => {
    const { samples } = await dataset('gaussian', { dimension: 2, samples: 100 })
    const run = join(folder, 'points')
    const options = { engine: cpu, field: mlp({ width: 4, depth: 1 }), steps: 1, batch: 8 }
    const data = { name: 'gaussian', samples }
    const points = { source: 'gaussian', dimension: 2 }
    await (await train({ ...options, data, source: points, folder: run })).dispose()
    const stages: string[] = []
    const onProgress = (stage: string): void => void stages.push(stage)
    await expect(evaluateRunImages(run, rows, { ...few, onProgress })).rejects.toThrow('take images')
    expect(stages).toEqual([])
  })

  it('decodes the samples of a run on latents, and compares them with held-out images', async () => {
    const decoder = await loadAutoencoder(join(folder, 'vae'), cpu)
    const run = join(folder, 'latents')
    const result = await evaluateRunImages(run, rows, { ...few, decoder, images: source })
    expect(result).toMatchObject({ samples: 60, reference: 'fresh samples', decoder: decoder.hash })
    await expect(evaluateRunImages(run, rows, { ...few, decoder })).rejects.toThrow('give real ones')
    await expect(
      evaluateRunImages(join(folder, 'points'), rows, { ...few, decoder, images: source }),
    ).rejects.toThrow(/generates samples of shape \[2\], the decoder takes latents \[4, 4, 4\]/)
    await decoder.dispose()
  })
})
