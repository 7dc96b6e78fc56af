import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray } from '@whitewater/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blocksOf } from '../data/sample-blocks.ts'
import type { Dataset, SampleBlocks } from '../data/dataset.ts'
import { readMetadata, readSafetensors, writeSafetensors } from '../data/files.ts'
import { dataset } from '../data/registry.ts'
import type { Autoencoder } from './autoencoder.ts'
import { checkLatents, writeLatents } from './latents.ts'
import { checkedSettings, inMemory, trainWith } from './train.ts'

let folder: string
let data: Dataset
let autoencoder: Autoencoder

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
  data = await dataset('glyphs', { samples: 50, resolution: 8 })
  const settings = checkedSettings({ steps: 1, batch: 8, width: 8 })
  const training = { engine: { device: 'cpu', threads: 1 }, hooks: {}, keeper: inMemory } as const
  const trained = await trainWith({ data }, settings, training)
  if (trained.stopped) throw new Error('stopped')
  autoencoder = trained.autoencoder
}, 60_000)
afterAll(async () => {
  await autoencoder.dispose()
  await rm(folder, { recursive: true })
})

/** The same data in blocks of 20 rows whatever is asked for; `look` is told of each. */
const inTwenties = (look: () => void = () => undefined): SampleBlocks => ({
  ...blocksOf(data),
  async *blocks() {
    for await (const block of blocksOf(data).blocks(20)) {
      look()
      yield block
    }
  },
})

describe('writeLatents', () => {
  it('writes block by block what encode gives at once, with labels, hash and scale', async () => {
    const path = join(folder, 'a.safetensors')
    const told: number[] = []
    await writeLatents(path, autoencoder, inTwenties(), {
      source: 'my glyphs',
      onProgress: (done) => told.push(done),
    })
    const { tensors } = await readSafetensors(path)
    const whole = await autoencoder.encode(data.samples)
    expect(tensors.get('latents')?.shape).toEqual(whole.shape)
    tensors.get('latents')?.data.forEach((value, i) => expect(value).toBeCloseTo(whole.data[i], 4))
    expect(tensors.get('labels')?.data).toEqual(data.labels)
    expect(told).toEqual([20, 40, 50])
    const { normalisation, ...metadata } = await readMetadata(path)
    expect(metadata).toEqual({ autoencoder: autoencoder.hash, source: 'my glyphs' })
    expect(JSON.parse(normalisation)).toEqual(autoencoder.parts.normalisation)
    await checkLatents(path, autoencoder)
  })

  it('leaves nothing behind when it is stopped, or when the images do not fit', async () => {
    const before = await readdir(folder)
    const stop = new AbortController()
    let blocks = 0
    const half = inTwenties(() => ++blocks === 2 && stop.abort())
    const path = join(folder, 'b.safetensors')
    await expect(writeLatents(path, autoencoder, half, { signal: stop.signal })).rejects.toThrow(/aborted/)
    const points = blocksOf({ name: 'points', samples: ndarray(new Float32Array(6), [3, 2]) })
    await expect(writeLatents(path, autoencoder, points)).rejects.toThrow(/got images of shape \[2\]/)
    await expect(writeLatents(join(folder, 'b.npy'), autoencoder, points)).rejects.toThrow(
      /ends in \.safetensors/,
    )
    expect(await readdir(folder)).toEqual(before)
  })

  it('takes latents that name no autoencoder, and refuses those that name another', async () => {
    const path = join(folder, 'c.safetensors')
    const latents = ndarray(new Float32Array(128), [2, 4, 4, 4])
    await writeSafetensors(path, [['latents', latents]])
    await checkLatents(path, autoencoder)
    await checkLatents(join(folder, 'somewhere.npy'), autoencoder)
    await writeSafetensors(path, [['latents', latents]], { autoencoder: 'f00d'.repeat(16) })
    await expect(checkLatents(path, autoencoder)).rejects.toThrow(
      /latents of the autoencoder f00df00df00d, this one is/,
    )
  })
})
