import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataset } from './registry.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const image = (path: string, pixels: readonly number[], width: number, height: number): Promise<unknown> =>
  sharp(Uint8Array.from(pixels), { raw: { width, height, channels: 3 } }).toFile(join(folder, path))

describe('a folder of images', () => {
  it('is planes in [-1, 1], a class a sub-folder', async () => {
    for (const name of ['cat', 'ant', 'empty']) mkdirSync(join(folder, name))
    await image('cat/1.png', [255, 0, 0, 0, 255, 0], 2, 1)
    await image('ant/2.png', [0, 0, 255, 0, 0, 0], 2, 1)
    await image('ant/1.png', [255, 255, 255, 51, 51, 51], 2, 1)
    writeFileSync(join(folder, 'ant', 'notes.txt'), 'not an image')
    const { samples, labels, classes } = await dataset(folder)
    expect(samples.shape).toEqual([3, 3, 1, 2])
    expect(Array.from(samples.data.subarray(0, 6))).toEqual(
      [1, 51 / 127.5 - 1, 1, 51 / 127.5 - 1, 1, 51 / 127.5 - 1].map(Math.fround),
    )
    expect(Array.from(samples.data.subarray(12))).toEqual([1, -1, -1, 1, -1, -1])
    expect([labels, classes]).toEqual([Int32Array.of(0, 0, 1), 2])
    const grey = await dataset(folder, { channels: 1 })
    expect(grey.samples.shape).toEqual([3, 1, 1, 2])
    expect(Array.from(grey.samples.data.subarray(0, 2))).toEqual([1, Math.fround(51 / 127.5 - 1)])
  })

  it('is resized when asked to, and must have one size otherwise', async () => {
    await image('a.png', new Array<number>(12).fill(255), 2, 2)
    await image('b.png', new Array<number>(27).fill(0), 3, 3)
    await expect(dataset(folder)).rejects.toThrow('b.png is 3 x 3, the first image 2 x 2: pass a resolution')
    const { samples, labels } = await dataset(folder, { resolution: 4 })
    expect(samples.shape).toEqual([2, 3, 4, 4])
    expect([samples.data[0], samples.data.at(-1)]).toEqual([1, -1])
    expect(labels).toBeUndefined()
  })

  it('says which image is broken, and when there are none', async () => {
    await expect(dataset(folder)).rejects.toThrow('holds neither IDX files nor images')
    writeFileSync(join(folder, 'x.png'), 'nonsense')
    await expect(dataset(folder)).rejects.toThrow(/x\.png is no readable image/)
  })
})
