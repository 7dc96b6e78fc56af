import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { conv2d, filled, ndarray, constant } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { dataset } from '../data/registry.ts'
import type { Perceptual } from '../nn/perceptual.ts'
import { readMetrics } from '../training/metrics-log.ts'
import { loadAutoencoder } from './load.ts'
import { channelMoments } from './measure.ts'
import { autoencoderPaths } from './run-folder.ts'
import { trainAutoencoder, type AutoencoderOptions } from './train.ts'

const glyphs = (samples = 64, resolution = 12) => dataset('glyphs', { samples, resolution })

const small = async (extra: Partial<AutoencoderOptions> = {}): Promise<AutoencoderOptions> => ({
  ...{ data: await glyphs(), device: 'cpu', threads: 1 },
  ...{ width: 8, groups: 4, steps: 12, batch: 16, learningRate: 3e-3, warmup: 0, averageDecay: 0.9 },
  ...extra,
})

/** Trained to its end. */
async function trained(options: AutoencoderOptions) {
  const result = await trainAutoencoder(options)
  if (result.stopped) throw new Error('stopped')
  return result
}

const inFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
  await use(folder).finally(() => rm(folder, { recursive: true }))
}

/** Feature maps that are the horizontal edges of images. */
const edges = (hash: string): Perceptual => ({
  ...{ name: 'edges', hash },
  maps: (x) => [conv2d(x, constant(Float32Array.of(1, -1), [1, 1, 1, 2]))],
})

describe('trainAutoencoder', () => {
  it('learns a few glyphs by heart, and its latents have mean 0 and deviation 1 a channel', async () => {
    const data = await glyphs(16)
    const { autoencoder, reconstruction } = await trained(
      await small({ data, width: 16, steps: 240, klWeight: 1e-6 }),
    )
    const latents = await autoencoder.encode(data.samples)
    const images = await autoencoder.decode(latents)
    const flat = await autoencoder.decode(ndarray(latents.data, [16, latents.data.length / 16]))
    await autoencoder.dispose()
    expect(autoencoder.image).toEqual([1, 12, 12])
    expect(latents.shape).toEqual([16, ...autoencoder.latent])
    expect(autoencoder.latent).toEqual([4, 3, 3])
    const { mean, deviation } = channelMoments(latents)
    mean.forEach((value) => expect(value).toBeCloseTo(0, 5))
    deviation.forEach((value) => expect(value).toBeCloseTo(1, 5))
    const mse =
      images.data.reduce((sum, y, i) => sum + (y - data.samples.data[i]) ** 2, 0) / images.data.length
    expect(mse).toBeCloseTo(reconstruction.mse, 5)
    expect(reconstruction).toMatchObject({ samples: 16, split: 'train' })
    expect(reconstruction.psnr).toBeCloseTo(10 * Math.log10(4 / mse), 3)
    expect(mse).toBeLessThan(0.02)
    expect(flat.data).toEqual(images.data)
  })
})
