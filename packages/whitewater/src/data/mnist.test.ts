import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { ndarray } from '@whitewater/tensor'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeIdx } from './idx.ts'
import { mnistCache } from './mnist.ts'
import { dataset } from './registry.ts'

const shared = join(import.meta.dirname, '../../../../../shared/data/mnist')
const why = 'the MNIST files are not beside the project, in ../shared/data/mnist'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-'))
  vi.stubEnv('WHITEWATER_CACHE', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  rmSync(folder, { recursive: true })
})

const digits = encodeIdx(ndarray(Uint8Array.of(0, 255, 51, 0, 0, 0, 255, 255), [2, 2, 2]))
const names = encodeIdx(ndarray(Uint8Array.of(7, 3), [2]))

describe('mnist', () => {
  it('reads the real files of a folder', async ({ skip }) => {
    if (!existsSync(shared)) skip(why)
    const test = await dataset('mnist', { dataDir: shared, split: 'test' })
    expect(test.samples.shape).toEqual([10_000, 1, 28, 28])
    expect(test.classes).toBe(10)
    expect(Array.from(test.labels?.subarray(0, 5) ?? [])).toEqual([7, 2, 1, 0, 4])
    // The published mean of the test pixels is 0.1325 on the scale from 0 to 1.
    let mean = 0
    for (const value of test.samples.data) mean += value / test.samples.data.length
    expect((mean + 1) / 2).toBeCloseTo(0.1325, 3)
  })

  it('takes a folder in the layout of MNIST as a dataset of its own, plain or gzipped', async () => {
    writeFileSync(join(folder, 'train-images.idx3-ubyte'), digits)
    writeFileSync(join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(names))
    const loaded = await dataset(folder)
    expect(loaded.samples.shape).toEqual([2, 1, 2, 2])
    expect(Array.from(loaded.samples.data.subarray(0, 3))).toEqual([-1, 1, Math.fround(51 / 127.5 - 1)])
    expect(loaded).toMatchObject({ labels: Int32Array.of(7, 3), classes: 8 })
    await expect(dataset(folder, { split: 'test' })).rejects.toThrow('no test images, expected t10k-images')
    await expect(dataset('mnist', { dataDir: join(folder, 'none') })).rejects.toThrow(
      'holds no MNIST train files',
    )
    writeFileSync(join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(names).subarray(0, 20))
    await expect(dataset(folder)).rejects.toThrow('damaged or truncated gzip file')
  })

  it.for([
    { what: 'other images', file: 'train-images-idx3-ubyte', bytes: digits, expected: 'ba891046' },
    { what: 'labels with another byte', file: 'train-labels-idx1-ubyte', expected: '65a50cbb' },
  ])('names the file of a folder that is not MNIST: $what', async ({ file, bytes, expected }, { skip }) => {
    if (!existsSync(shared)) skip(why)
    for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'])
      cpSync(join(shared, `${name}.gz`), join(folder, `${name}.gz`))
    const damaged = bytes ?? gunzipSync(readFileSync(join(shared, `${file}.gz`)))
    if (!bytes) damaged[1000] = 12
    writeFileSync(join(folder, `${file}.gz`), gzipSync(damaged))
    const found = createHash('sha256').update(damaged).digest('hex')
    const message = new RegExp(
      `${file}.gz is not MNIST's ${file}: its SHA-256 is ${found}, expected ${expected}.*; download it again, or give the folder`,
    )
    await expect(dataset('mnist', { dataDir: folder })).rejects.toThrow(message)
  })

  it('refuses a label out of range, as a damaged byte makes one', async () => {
    const labels = Uint8Array.from({ length: 3000 }, (_, i) => i % 10)
    labels[1234] = 200
    writeFileSync(
      join(folder, 'train-images-idx3-ubyte'),
      encodeIdx(ndarray(new Uint8Array(3000), [3000, 1, 1])),
    )
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), encodeIdx(ndarray(labels, [3000])))
    await expect(dataset(folder)).rejects.toThrow(
      'train-labels-idx1-ubyte holds label 200 at row 1234 (from 0), and only 11 of the classes 0 to 200 have samples',
    )
    labels[1234] = 11
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), encodeIdx(ndarray(labels, [3000])))
    expect((await dataset(folder)).classes).toBe(12)
  })

  it('offline says to pass --data-dir, and leaves the cache clean', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')))
    await expect(dataset('mnist')).rejects.toThrow(
      /^cannot download MNIST's train-images.*fetch failed.*--data-dir$/,
    )
    expect(readdirSync(mnistCache())).toEqual([])
  })

  it('refuses a download with another checksum', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(gzipSync(digits))))
    await expect(dataset('mnist')).rejects.toThrow(
      `SHA-256 ${createHash('sha256').update(digits).digest('hex')}`,
    )
    expect(readdirSync(mnistCache())).toEqual([])
  })

  it('downloads once, trying mirrors in turn, and reads the cache after', async ({ skip }) => {
    if (!existsSync(shared)) skip(why)
    const fetched: string[] = []
    vi.stubGlobal('fetch', (url: string) => {
      fetched.push(url)
      const ok = !url.includes('ossci')
      const body = gzipSync(gunzipSync(readFileSync(join(shared, url.split('/').at(-1) ?? ''))), { level: 1 })
      return Promise.resolve(new Response(ok ? body : null, { status: ok ? 200 : 503 }))
    })
    const first = await dataset('mnist', { split: 'test', samples: 100 })
    expect(fetched.length).toBe(4)
    expect(await dataset('mnist', { split: 'test', samples: 100 })).toEqual(first)
    expect(fetched.length).toBe(4)
    expect(readdirSync(mnistCache()).sort()).toEqual(['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'])
  })
})
