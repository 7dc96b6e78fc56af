import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ndarray, sizeOf, type Data, type NdArray } from '@whitewater/tensor'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { covariance, flatten } from '../linalg/covariance.ts'
import { largestDifference } from '../linalg/matrix.ts'
import { finishMoments } from '../linalg/streaming.ts'
import { openBlocks } from './registry.ts'
import { blocksOf, runningMomentsOf } from './sample-blocks.ts'
import type { Dataset, DatasetOptions, SampleBlocks } from './dataset.ts'
import { writeNpy } from './files.ts'
import { npyBlocks, openLargeNpy } from './npy-blocks.ts'
import { encodeNpy } from './npy.ts'
import { dataset } from './registry.ts'

let folder: string
const at = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Reads a file in blocks however small it is. */
async function streamed(path: string, options?: DatasetOptions): Promise<SampleBlocks> {
  const npy = await openLargeNpy(path, { from: 0 })
  if (!npy) throw new Error(`${path} is not read in blocks`)
  return npyBlocks(npy, options)
}

async function gathered(source: SampleBlocks, rows?: number): Promise<NdArray<Float32Array>> {
  const parts: number[] = []
  for await (const { data, shape } of source.blocks(rows)) {
    expect(shape.slice(1)).toEqual(source.shape.slice(1))
    if (rows !== undefined) expect(shape[0]).toBeLessThanOrEqual(rows)
    parts.push(...data)
  }
  return ndarray(Float32Array.from(parts), source.shape)
}

const counted = (count: number, features: readonly number[]): NdArray<Float32Array> => {
  const length = count * sizeOf(features)
  return ndarray(
    Float32Array.from({ length }, (_, i) => i),
    [count, ...features],
  )
}

describe('blocks', () => {
  it('of a dataset are views of it, in order, as often as wanted', async () => {
    const samples = counted(10, [2, 3])
    const data: Dataset = { name: 'ten', samples, labels: new Int32Array(10), classes: 1 }
    const source = blocksOf(data)
    expect(source).toMatchObject({ name: 'ten', shape: [10, 2, 3], labels: data.labels, classes: 1 })
    for (const rows of [1, 4, 10, 99]) expect(await gathered(source, rows)).toEqual(samples)
    for await (const block of source.blocks(4)) expect(block.data.buffer).toBe(samples.data.buffer)
  })

  it('of a file are what loading it whole gives, for any type, number of rows and subset', async () => {
    const types: readonly ((values: Float32Array) => Data)[] = [
      (values) => values,
      (values) => Float64Array.from(values),
      (values) => Int32Array.from(values),
      (values) => BigInt64Array.from(values, BigInt),
      (values) => Uint8Array.from(values),
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 40 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 45 }),
        fc.constantFrom(...types),
        fc.nat(1000),
        async (count, features, rows, type, seed) => {
          const { data, shape } = counted(count, features)
          await writeNpy(at('any.npy'), ndarray(type(data), shape))
          const samples = 2 + (seed % (count - 1))
          for (const options of [{}, { samples, seed }]) {
            const whole = await dataset(at('any.npy'), options)
            const source = await streamed(at('any.npy'), options)
            expect(source.name).toBe('any.npy')
            expect(await gathered(source, rows)).toEqual(whole.samples)
          }
        },
      ),
      { numRuns: 40, seed: 1 },
    )
  })

  it('of a sparse subset skip what lies between', async () => {
    await writeNpy(at('wide.npy'), counted(60, [5000]))
    const options = { samples: 7, seed: 3 }
    expect(await gathered(await streamed(at('wide.npy'), options), 4)).toEqual(
      (await dataset(at('wide.npy'), options)).samples,
    )
  })

  it('carry the labels of the rows that they keep', async () => {
    await writeNpy(at('x.npy'), counted(30, [2]))
    const labels = ndarray(
      Int32Array.from({ length: 30 }, (_, i) => i % 7),
      [30],
    )
    await writeNpy(at('y.npy'), labels)
    const npy = await openLargeNpy(at('x.npy'), { from: 0 })
    const options = { samples: 9, seed: 2 }
    const { labels: kept, classes } = await dataset(at('x.npy'), { ...options, labels: at('y.npy') })
    expect(npy && npyBlocks(npy, options, [labels, 'y.npy'])).toMatchObject({ labels: kept, classes })
    expect(() => npy && npyBlocks(npy, {}, [ndarray(new Int32Array(3), [3]), 'y.npy'])).toThrow(
      'y.npy has labels of shape [3], expected [30]',
    )
  })

  it('give the moments of the whole', async () => {
    const data = await dataset('gaussian', { samples: 500, dimension: 5 })
    await writeNpy(at('g.npy'), data.samples)
    const expected = covariance(flatten(data.samples)).covariance
    for (const source of [
      await openBlocks('gaussian', { samples: 500, dimension: 5 }),
      await streamed(at('g.npy')),
    ]) {
      const found = finishMoments(await runningMomentsOf(source)).covariance
      expect(largestDifference(found, expected)).toBeLessThan(1e-12)
    }
  })
})

describe('openBlocks', () => {
  it('loads what is small, compressed or column-major', async () => {
    const samples = counted(6, [2])
    await writeNpy(at('small.npy'), samples)
    writeFileSync(at('packed.npy'), gzipSync(encodeNpy(samples)))
    expect(await openLargeNpy(at('small.npy'))).toBeUndefined()
    expect(await openLargeNpy(at('packed.npy'), { from: 0 })).toBeUndefined()
    for (const name of ['small.npy', 'packed.npy']) {
      expect(await gathered(await openBlocks(at(name)))).toEqual(samples)
    }
    const fortran = Buffer.from(encodeNpy(samples))
    fortran.write('True, ', fortran.indexOf('False,'))
    writeFileSync(at('fortran.npy'), fortran)
    expect(await openLargeNpy(at('fortran.npy'), { from: 0 })).toBeUndefined()
  })

  it('refuses what dataset refuses', async () => {
    await expect(openBlocks('gausian')).rejects.toThrow("did you mean 'gaussian'?")
    await expect(openBlocks(at('missing.npy'))).rejects.toThrow('does not exist')
    await expect(openLargeNpy(at('missing.npy'))).rejects.toThrow(
      'missing.npy does not exist: expected a data file',
    )
    await expect(openBlocks('gaussian', { resolution: 3 })).rejects.toThrow("takes no option 'resolution'")
    await writeNpy(at('x.npy'), counted(6, [2]))
    await expect(openBlocks(at('x.npy'), { samples: 7 })).rejects.toThrow('7 samples of x.npy asked for')
    await expect(streamed(at('x.npy'), { samples: 7 })).rejects.toThrow('7 samples of x.npy asked for')
  })

  it('says what is wrong with a broken file', async () => {
    const values = new Float32Array(20)
    values[13] = NaN
    await writeNpy(at('nan.npy'), ndarray(values, [10, 2]))
    for (const rows of [1, 4, 20]) {
      await expect(gathered(await streamed(at('nan.npy')), rows)).rejects.toThrow(
        'nan.npy holds NaN at row 6, column 1 (from 0); expected finite numbers: repair or drop that row',
      )
    }
    await writeNpy(at('huge.npy'), ndarray(Float64Array.of(1, 2, 3, 1e300), [2, 2]))
    await expect(gathered(await streamed(at('huge.npy')))).rejects.toThrow(
      'holds 1e+300, beyond float32, at row 1, column 1',
    )
    await writeNpy(at('flat.npy'), ndarray(new Float32Array(4), [4]))
    await expect(streamed(at('flat.npy'))).rejects.toThrow('expected [samples, ...features]')
    await writeNpy(at('cut.npy'), counted(10, [2]))
    const source = await streamed(at('cut.npy'))
    truncateSync(at('cut.npy'), 128 + 50)
    await expect(streamed(at('cut.npy'))).rejects.toThrow(
      'cut.npy is truncated: shape [10, 2] needs 80 bytes, 50 are there; write or download it again',
    )
    await expect(gathered(source)).rejects.toThrow('became shorter while it was read')
    writeFileSync(at('cut.npy'), encodeNpy(counted(10, [2])).subarray(0, 40))
    await expect(streamed(at('cut.npy'))).rejects.toThrow('truncated in its npy header')
  })
})
