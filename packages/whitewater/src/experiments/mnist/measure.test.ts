import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray, randomStream } from '@whitewater/tensor'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { featureReference } from '../../metrics/feature-comparison.ts'
import type { FeatureExtractor } from '../../metrics/features/extractor.ts'
import type { Samples } from '../../precondition/preconditioner.ts'
import type { Cell } from '../runner/experiment.ts'
import { settingsOf, type MnistSettings } from './settings.ts'
import { measureWith } from './measure.ts'
import { resultSchema, type MnistResult } from './result.ts'
import { rowsNamed } from './rows.ts'
import type { Shared } from './shared.ts'

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'whitewater-mnist-'))))
afterEach(() => rm(folder, { recursive: true }))

const COUNT = 320

/** Latents of ten classes around ten points, and images that are the latents themselves. */
async function madeUpShared(): Promise<Shared> {
  const labels = Int32Array.from({ length: COUNT }, (_, i) => i % 10)
  const data = randomStream(3).normal(COUNT * 4)
  labels.forEach((label, i) => (data[4 * i] = 0.02 * data[4 * i] + label / 4))
  const samples: Samples = ndarray(data, [COUNT, 4])
  const extractor: FeatureExtractor = {
    name: 'itself',
    hash: 'e'.repeat(64),
    dimension: 4,
    features: (images) => Promise.resolve(images),
    dispose: () => Promise.resolve(),
  }
  return {
    latents: { name: 'latents', samples, labels, classes: 10 },
    autoencoder: { decode: ({ data: z, shape }) => Promise.resolve(ndarray(z, [shape[0], 1, 2, 2])) },
    extractor: { ...extractor, features: ({ data: x, shape }) => Promise.resolve(ndarray(x, [shape[0], 4])) },
    reference: await featureReference(samples),
    terms: { extractor: { name: 'itself', hash: 'e'.repeat(64) }, autoencoder: 'a'.repeat(64) },
    dispose: () => Promise.resolve(),
  }
}

const cell = (row: string): Cell<MnistSettings> => ({
  name: row,
  seed: 0,
  settings: {
    ...settingsOf({ quick: true, epochs: 4 }, rowsNamed([row])[0]),
    field: { kind: 'residual-mlp', width: 8 },
    batch: 32,
    looks: [2, 4],
    generated: 64,
    solver: { method: 'heun', steps: 3 },
  },
})

const measuring = { engine: { threads: 1 }, onProgress: () => undefined }

const none = { cpu: 0, wall: 0 }

/** All but the time it took, and losses, which are means between reports: those fall elsewhere after a stop. */
const timeless = (result: MnistResult): MnistResult => ({
  ...result,
  fit: none,
  losses: [],
  looks: result.looks.map((look) => ({ ...look, spent: none })),
})

describe('a run of Table 1', () => {
  it('looks after the epochs it is to look at, and keeps what its schema says', async () => {
    const result = await measureWith(cell('zca'), await madeUpShared(), measuring)
    expect(resultSchema.parse(result)).toEqual(result)
    expect(result.looks.map(({ epoch, step, evaluations }) => [epoch, step, evaluations])).toEqual([
      [2, 20, 6],
      [4, 40, 6],
    ])
    expect(result.looks[1].spent.wall).toBeGreaterThan(result.looks[0].spent.wall)
    expect(result.spectrum.every((value) => Math.abs(value - 1) < 1e-2)).toBe(true)
    expect(result.pictures?.shape).toEqual([80, 1, 2, 2])
    expect(result.flops.preconditioner).toBe(2 * COUNT * 16)
  })

  it('counts the weights, the arithmetic and the evenness of a trained preconditioner', async () => {
    const settings = { ...cell('real-nvp').settings, fitEpochs: 8 }
    const narrow = { ...settings, precondition: { ...settings.precondition, width: 8, batch: 64 } }
    const result = await measureWith(
      { ...cell('real-nvp'), settings: narrow },
      await madeUpShared(),
      measuring,
    )
    expect(result.preconditionerParameters).toBeGreaterThan(500)
    expect(result.flops.preconditioner).toBeGreaterThan(2 * 3 * 40 * 64 * 100)
    expect(result.fit.cpu).toBeGreaterThan(0)
    expect(result.kappaWhileFitting.map(({ step }) => step)).toEqual([1, 4, 12, 40])
    const largest = result.kappaWhileFitting.map(({ points }) =>
      Math.max(...points.map(({ kappa }) => kappa)),
    )
    expect(largest[3]).toBeLessThan(largest[0])
  })

  it('goes on after it was stopped and ends with the same numbers', async () => {
    const shared = await madeUpShared()
    const whole = await measureWith(cell('standardise'), shared, measuring)
    const controller = new AbortController()
    const stopped = measureWith(cell('standardise'), shared, {
      ...measuring,
      folder,
      signal: controller.signal,
      onProgress(done) {
        if (done >= 24) controller.abort()
      },
    })
    await expect(stopped).rejects.toThrow()
    expect(await readdir(join(folder, 'run', 'checkpoints'))).not.toEqual([])
    let first = Infinity
    const resumed = await measureWith(cell('standardise'), shared, {
      ...measuring,
      folder,
      onProgress: (done) => void (first = Math.min(first, done)),
    })
    expect(first).toBeGreaterThan(24)
    expect(timeless(resumed)).toEqual(timeless(whole))
  })
})
