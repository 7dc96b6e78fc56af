import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constant, conv2d, ndarray, sizeOf } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { dataset } from '../data/registry.ts'
import type { Perceptual } from '../nn/perceptual.ts'
import { readMetrics } from '../training/metrics-log.ts'
import { loadAutoencoder } from './load-autoencoder.ts'
import { channelMoments } from '../autoencoder/measure.ts'
import { runPaths } from './files.ts'
import { trainAutoencoder, type AutoencoderOptions } from './autoencoder-run.ts'

const glyphs = (samples = 64, resolution = 12) => dataset('glyphs', { samples, resolution })

const small = async (extra: Partial<AutoencoderOptions> = {}): Promise<AutoencoderOptions> => ({
  data: await glyphs(),
  engine: { device: 'cpu', threads: 1 },
  width: 8,
  groups: 4,
  steps: 12,
  batch: 16,
  learningRate: 3e-3,
  warmup: 0,
  averageDecay: 0.9,
  ...extra,
})

/** Hardly trained, where only what comes of it matters. */
const quick = { steps: 1, halvings: 1 } as const

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
  name: 'edges',
  hash,
  maps: (x) => [conv2d(x, constant(Float32Array.of(1, -1), [1, 1, 1, 2]))],
})

describe('trainAutoencoder', () => {
  it('learns a few glyphs by heart, and its latents have mean 0 and deviation 1 a channel', async () => {
    const data = await glyphs(16, 8)
    const { autoencoder, reconstruction } = await trained(
      await small({ data, width: 16, steps: 200, klWeight: 1e-6 }),
    )
    const latents = await autoencoder.encode(data.samples)
    const images = await autoencoder.decode(latents)
    const flat = await autoencoder.decode(ndarray(latents.data, [16, latents.data.length / 16]))
    await autoencoder.dispose()
    expect(autoencoder.image).toEqual([1, 8, 8])
    expect(latents.shape).toEqual([16, ...autoencoder.latent])
    expect(autoencoder.latent).toEqual([4, 4, 4])
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

  it('goes on after a stop to the bits of a run that was never stopped, and loads what it trained', async () => {
    await inFolder(async (folder) => {
      const whole = join(folder, 'whole')
      const cut = join(folder, 'cut')
      const options = await small({ checkpointEvery: 4, heldOut: await glyphs(10) })
      const first = await trained({ ...options, folder: whole })

      const enough = new AbortController()
      const stopped = await trainAutoencoder({
        ...options,
        folder: cut,
        hooks: {
          signal: enough.signal,
          onProgress({ step }) {
            if (step >= 4) enough.abort()
          },
        },
      })
      expect(stopped).toMatchObject({ stopped: true, step: 4 })
      await expect(loadAutoencoder(cut)).rejects.toThrow(
        /is not trained to its end: go on with `whitewater train --resume/,
      )
      const resumed = await trained({ ...options, folder: cut, resume: true })

      const checkpoint = (run: string) =>
        readFile(join(runPaths(run).checkpoints, 'step-000000012.safetensors'))
      expect((await checkpoint(cut)).equals(await checkpoint(whole))).toBe(true)
      expect(resumed.autoencoder.hash).toBe(first.autoencoder.hash)
      expect(await readFile(join(cut, 'model.json'), 'utf8')).toBe(
        await readFile(join(whole, 'model.json'), 'utf8'),
      )
      const steps = async (run: string) => (await readMetrics(runPaths(run).metrics)).map(({ step }) => step)
      expect(await steps(cut)).toEqual(await steps(whole))
      expect((await readdir(whole)).sort()).toEqual([
        'checkpoints',
        'config.yaml',
        'machines.jsonl',
        'metrics.jsonl',
        'model.json',
      ])

      const loaded = await loadAutoencoder(whole, { device: 'cpu', threads: 1 })
      const { samples } = options.data
      const z = await first.autoencoder.encode(samples)
      const again = await loaded.encode(samples, { batch: 50 })
      expect(loaded.parameters).toBe(first.autoencoder.parameters)
      again.data.forEach((value, i) => expect(value).toBeCloseTo(z.data[i], 4))
      for (const { autoencoder } of [first, resumed]) await autoencoder.dispose()
      await loaded.dispose()
    })
  })

  it('is named by its weights: the same for a seed, another for another, refused where files do not fit', async () => {
    await inFolder(async (folder) => {
      const hash = async (extra: Partial<AutoencoderOptions>): Promise<string> => {
        const { autoencoder } = await trained(await small({ ...quick, ...extra }))
        await autoencoder.dispose()
        return autoencoder.hash
      }
      const own = await hash({ folder })
      expect(own).toMatch(/^[0-9a-f]{64}$/)
      expect(await hash({})).toBe(own)
      expect(await hash({ seed: 1 })).not.toBe(own)
      expect(await hash({ perceptual: edges('a') })).not.toBe(own)

      const { model } = runPaths(folder)
      const text = await readFile(model, 'utf8')
      await writeFile(model, text.replace(own, own.replace(/^./, own.startsWith('0') ? '1' : '0')))
      await expect(loadAutoencoder(folder)).rejects.toThrow(
        /weights of .* are not those that its model.json names/,
      )
      await writeFile(model, text.replace('"step": 1', '"step": 0'))
      await expect(loadAutoencoder(folder)).rejects.toThrow(
        /trained on from step 0 to 1 without coming to its end/,
      )
      await writeFile(model, text.slice(0, 40))
      await expect(loadAutoencoder(folder)).rejects.toThrow(/model.json is damaged/)
      await expect(loadAutoencoder(tmpdir())).rejects.toThrow(
        /holds no autoencoder, expected a folder made by/,
      )
      await expect(loadAutoencoder(join(folder, 'none'))).rejects.toThrow(/none does not exist/)
    })
  })

  it('compares edges where it is told to, and goes on only with the same classifier', async () => {
    await inFolder(async (folder) => {
      const options = await small({ ...quick, folder, perceptual: edges('a') })
      const { autoencoder } = await trained(options)
      await autoencoder.dispose()
      expect(JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'))).toMatchObject({
        perceptual: { name: 'edges', hash: 'a' },
      })
      const again = { ...options, resume: true, steps: 2 }
      await expect(trainAutoencoder({ ...again, perceptual: edges('b') })).rejects.toThrow(
        /other weights of the classifier/,
      )
      await expect(trainAutoencoder(options)).rejects.toThrow(/already holds a run/)
    })
  })

  it.each<[string, Partial<AutoencoderOptions>, RegExp]>([
    [
      'vectors',
      { data: { name: 'x', samples: ndarray(new Float32Array(6), [2, 3]) } },
      /takes images \[channels, height, width\], got samples of shape \[3\]/,
    ],
    [
      'images that are too small',
      { halvings: 4 },
      /12 x 12 pixels cannot be halved 4 times, expected at least 16 x 16/,
    ],
    ['groups that do not divide', { width: 10 }, /width 10 does not divide into 4 groups/],
    ['a setting that does not hold', { klWeight: -1 }, /klWeight: .*got -1/],
  ])('refuses %s before anything is written', async (_, extra, message) => {
    await inFolder(async (folder) => {
      const run = join(folder, 'run')
      await expect(trainAutoencoder({ ...(await small(extra)), folder: run })).rejects.toThrow(message)
      expect(await readdir(folder)).toEqual([])
    })
  })

  it('says so where images or latents are not those it was trained for', async () => {
    const { autoencoder } = await trained(await small(quick))
    const zeros = (shape: readonly number[]) => ndarray(new Float32Array(sizeOf(shape)), shape)
    await expect(autoencoder.encode(zeros([2, 1, 8, 8]))).rejects.toThrow(
      /got images of shape \[1, 8, 8\], this autoencoder takes \[1, 12, 12\]/,
    )
    await expect(autoencoder.decode(zeros([2, 35]))).rejects.toThrow(/got latents of shape \[35\]/)
    await autoencoder.dispose()
  })
})
