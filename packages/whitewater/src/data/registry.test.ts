import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ndarray } from '@whitewater/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WhitewaterError } from '../errors.ts'
import { readCsv, readSafetensors, writeNpy, writeNpz, writeSafetensors } from './files.ts'
import { encodeIdx } from './idx.ts'
import { encodeNpy } from './npy.ts'
import { dataset } from './registry.ts'

let folder: string
const at = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const table = ndarray(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2])
const labels = ndarray(BigInt64Array.of(0n, 2n, 1n), [3])
const labelled = { labels: Int32Array.of(0, 2, 1), classes: 3 }

describe('dataset from files', () => {
  it('reads every format, float64 as float32', async () => {
    await writeNpy(at('x.npy'), ndarray(Float64Array.from(table.data), [3, 2]))
    await writeNpz(
      at('x.npz'),
      [
        ['samples', table],
        ['labels', labels],
      ],
      { compress: true },
    )
    await writeSafetensors(at('x.safetensors'), new Map([['z', table]]), { made: 'by test' })
    writeFileSync(at('x.csv'), 'a,b\n1,2\n3,4\n5,6\n')
    writeFileSync(at('x.npy.gz'), gzipSync(encodeNpy(table)))
    writeFileSync(at('x.idx2-ubyte'), encodeIdx(ndarray(Uint8Array.from(table.data), [3, 2])))
    for (const name of ['x.npy', 'x.safetensors', 'x.csv', 'x.npy.gz', 'x.idx2-ubyte']) {
      expect(await dataset(at(name))).toEqual({ name, samples: table })
    }
    expect(await dataset(at('x.npz'))).toEqual({ name: 'x.npz', samples: table, ...labelled })
    expect((await readSafetensors(at('x.safetensors'))).metadata).toEqual({ made: 'by test' })
    expect((await readCsv(at('x.csv'))).columns).toEqual(['a', 'b'])
  })

  it('takes labels from a file beside or from a column', async () => {
    await writeNpy(at('x.npy'), table)
    await writeNpy(at('y.npy'), labels)
    writeFileSync(at('y.csv'), 'label\n0\n2\n1\n')
    expect(await dataset(at('x.npy'), { labels: at('y.npy') })).toMatchObject(labelled)
    expect(await dataset(at('x.npy'), { labels: at('y.csv') })).toMatchObject(labelled)
    writeFileSync(at('names.csv'), 'a,kind,b\n1,cat,2\n3,dog,4\n5,cat,6\n')
    expect(await dataset(at('names.csv'), { labelColumn: 'kind' })).toEqual({
      name: 'names.csv',
      samples: table,
      labels: Int32Array.of(0, 1, 0),
      classes: 2,
    })
  })

  it('chooses among arrays by name', async () => {
    await writeNpz(at('many.npz'), [
      ['first', table],
      ['second', table],
    ])
    expect((await dataset(at('many.npz'), { array: 'second' })).samples).toEqual(table)
    await expect(dataset(at('many.npz'))).rejects.toThrow(
      "holds 2 arrays (first, second): say which with the option 'array'",
    )
    await expect(dataset(at('many.npz'), { array: 'frist' })).rejects.toThrow("did you mean 'first'?")
  })

  it('keeps a random subset', async () => {
    await writeNpy(
      at('long.npy'),
      ndarray(
        Float32Array.from({ length: 100 }, (_, i) => i),
        [100, 1],
      ),
    )
    const { data } = (await dataset(at('long.npy'), { samples: 10, seed: 1 })).samples
    expect(new Set(data).size).toBe(10)
    expect((await dataset(at('long.npy'), { samples: 10, seed: 2 })).samples.data).not.toEqual(data)
    await expect(dataset(at('long.npy'), { samples: 101 })).rejects.toThrow('to the 100 it has')
  })
})

describe('dataset refuses', () => {
  it.each<[string, ReturnType<typeof ndarray>, RegExp]>([
    ['one axis', ndarray(new Float32Array(5), [5]), /has shape \[5\], expected \[samples, \.\.\.features\]/],
    ['one sample', ndarray(new Float32Array(5), [1, 5]), /has 1 samples .*expected at least 2/],
    ['no samples', ndarray(new Float32Array(0), [0, 5]), /has 0 samples/],
    ['no features', ndarray(new Float32Array(0), [5, 0]), /samples without features/],
    ['NaN', ndarray(Float64Array.of(1, 2, 3, NaN), [2, 2]), /holds NaN at row 1, column 1/],
    ['infinity', ndarray(Float32Array.of(1, 2, -Infinity, 4), [2, 2]), /holds -Infinity at row 1, column 0/],
    [
      'more than float32 holds',
      ndarray(Float64Array.of(1, 1e300, 3, 4), [2, 2]),
      /holds 1e\+300, beyond float32, at row 0/,
    ],
  ])('%s', async (_, array, message) => {
    await writeNpy(at('bad.npy'), array)
    const error = await dataset(at('bad.npy')).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(WhitewaterError)
    expect(error).toMatchObject({ kind: 'failure', message: expect.stringMatching(message) as string })
  })

  it.each<[string, ReturnType<typeof ndarray>, RegExp]>([
    ['of another length', ndarray(Int32Array.of(1, 2), [2]), /labels of shape \[2\], expected \[3\]/],
    ['that are negative', ndarray(Int32Array.of(1, -2, 0), [3]), /label -2 at row 1/],
    ['that are no integers', ndarray(Float32Array.of(1, 0.5, 0), [3]), /label 0.5 at row 1/],
  ])('labels %s', async (_, array, message) => {
    await writeNpy(at('x.npy'), table)
    await writeNpy(at('bad.npy'), array)
    await expect(dataset(at('x.npy'), { labels: at('bad.npy') })).rejects.toThrow(message)
  })

  it.each<[string, string, object, RegExp]>([
    [
      'an unknown name',
      'swis-roll',
      {},
      /^unknown dataset 'swis-roll': did you mean 'swiss-roll'\? Known: gaussian, /,
    ],
    ['a missing file', './none.npy', {}, /^\.\/none\.npy does not exist/],
    [
      'an option of another dataset',
      'two-moons',
      { dimension: 3 },
      /^two-moons takes no option 'dimension', expected noise, /,
    ],
    ['a broken seed', 'two-moons', { seed: -1 }, /^seed is -1, expected an integer of at least 0/],
    ['too few samples', 'two-moons', { samples: 1 }, /^samples is 1/],
    ['negative noise', 'two-moons', { noise: -1 }, /^noise is -1/],
  ])('%s, as a usage error', async (_, source, options, message) => {
    const error = await dataset(source, options).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: 'usage', message: expect.stringMatching(message) as string })
  })

  it('files of no known format', async () => {
    writeFileSync(at('x.pickle'), '')
    await expect(dataset(at('x.pickle'))).rejects.toThrow('is of no known format, expected .npy')
    await expect(dataset(at('x.pickle'), {})).rejects.toBeInstanceOf(WhitewaterError)
  })
})
