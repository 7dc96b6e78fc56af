import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrays } from './arbitrary.test-support.ts'
import { encodeNpy, encodeNpyBlocks, parseNpy } from './npy.ts'

/** An npy file by hand: header text as NumPy writes it, then bytes. */
function npy(version: number, dictionary: string, body: ArrayLike<number>): Uint8Array {
  const text = new TextEncoder().encode(`${dictionary}\n`)
  const length =
    version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0]
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...length,
    ...text,
    ...Array.from(body),
  ])
}

const header = (descr: string, shape: string, fortran = false): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`

describe('npy', () => {
  it('round trips every array exactly, aligned to 64 bytes', () => {
    fc.assert(
      fc.property(arrays, (array) => {
        const bytes = encodeNpy(array)
        expect(parseNpy(bytes, 'x.npy')).toEqual(array)
        expect((bytes.length - array.data.byteLength) % 64).toBe(0)
      }),
      { numRuns: 100, seed: 1 },
    )
  })

  it.each([1, 2, 3])('reads version %d', (version) => {
    const bytes = npy(version, header('<i4', '(2,)'), [1, 0, 0, 0, 254, 255, 255, 255])
    expect(parseNpy(bytes, 'x.npy')).toEqual(ndarray(Int32Array.of(1, -2), [2]))
  })

  it.each([
    ['<f4', [0, 0, 0x80, 0x3f], Float32Array.of(1)],
    ['>f4', [0x3f, 0x80, 0, 0], Float32Array.of(1)],
    ['>f8', [0xc0, 0, 0, 0, 0, 0, 0, 0], Float64Array.of(-2)],
    ['>i4', [0, 0, 1, 2], Int32Array.of(258)],
    ['>i8', [255, 255, 255, 255, 255, 255, 255, 254], BigInt64Array.of(-2n)],
    ['|u1', [200], Uint8Array.of(200)],
    ['|b1', [1], Uint8Array.of(1)],
    ['|i1', [255], Int32Array.of(-1)],
    ['<u2', [255, 255], Int32Array.of(65535)],
    ['<f2', [0, 0xbc], Float32Array.of(-1)],
    ['<f2', [1, 0], Float32Array.of(2 ** -24)],
    ['<f2', [0, 0x7c], Float32Array.of(Infinity)],
  ])('reads %s', (descr, body, expected) => {
    expect(parseNpy(npy(1, header(descr, '(1,)'), body), 'x.npy').data).toEqual(expected)
  })

  it('reads column-major order', () => {
    const body = [0, 3, 1, 4, 2, 5]
    expect(parseNpy(npy(1, header('|u1', '(2, 3)', true), body), 'x')).toEqual(
      ndarray(Uint8Array.of(0, 1, 2, 3, 4, 5), [2, 3]),
    )
    // Element (i, j, k) of shape (2, 3, 2) stands at i + 2 j + 6 k in column-major and 6 i + 2 j + k in row-major order.
    const data = parseNpy(
      npy(
        1,
        header('|u1', '(2, 3, 2)', true),
        Array.from({ length: 12 }, (_, i) => i),
      ),
      'x',
    ).data
    expect(data).toEqual(Uint8Array.of(0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11))
  })

  it('writes booleans when asked to', () => {
    const bytes = encodeNpy(ndarray(Uint8Array.of(1, 0), [2]), { bool: true })
    expect(new TextDecoder().decode(bytes)).toContain("'|b1'")
    expect(parseNpy(bytes, 'x')).toEqual(ndarray(Uint8Array.of(1, 0), [2]))
  })

  it('writes blocks as the whole, and refuses too few', async () => {
    const whole = ndarray(Float32Array.from({ length: 15 }, Math.sqrt), [5, 3])
    async function* blocks() {
      yield await Promise.resolve(ndarray(whole.data.subarray(0, 12), [4, 3]))
      yield ndarray(whole.data.subarray(12), [1, 3])
    }
    const bytesOf = async (shape: readonly number[]): Promise<number[]> => {
      const bytes: number[] = []
      for await (const piece of encodeNpyBlocks(shape, blocks())) bytes.push(...piece)
      return bytes
    }
    expect(await bytesOf([5, 3])).toEqual([...encodeNpy(whole)])
    await expect(bytesOf([6, 3])).rejects.toThrow('15 values do not fill [6, 3]')
  })

  it('says what is wrong with a broken file, wherever it is cut', () => {
    const bytes = encodeNpy(ndarray(new Float32Array(6), [2, 3]))
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseNpy(bytes.subarray(0, length), 'x.npy')).toThrow(/^x\.npy is (no npy file|truncated)/)
    }
    expect(() => parseNpy(npy(1, header('<c8', '(1,)'), []), 'x.npy')).toThrow("type '<c8', expected float32")
    expect(() =>
      parseNpy(npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", []), 'x'),
    ).toThrow("type [('a', '<f4')]")
    expect(() => parseNpy(npy(9, '', []), 'x.npy')).toThrow('version 9')
    expect(() => parseNpy(npy(1, '{}', []), 'x.npy')).toThrow('unreadable npy header')
  })

  it('agrees with NumPy', ({ skip }) => {
    const run = (python: string, code: string): Buffer =>
      execFileSync(python, ['-c', code], { stdio: ['ignore', 'pipe', 'ignore'] })
    // The system's own Python has the packaged NumPy, also where another one comes first on the path.
    const found = ['python3', '/usr/bin/python3'].find((python) => {
      try {
        return run(python, 'import numpy')
      } catch {
        return false
      }
    })
    if (found === undefined) skip('python3 with numpy is not installed')
    const python = (code: string): Buffer => run(found ?? 'python3', code)
    const folder = mkdtempSync(join(tmpdir(), 'whitewater-'))
    try {
      const path = join(folder, 'x.npy')
      python(
        `import numpy as n; n.save(${JSON.stringify(path)}, n.asfortranarray(n.arange(6, dtype='>f8').reshape(2, 3)))`,
      )
      const array = ndarray(Float64Array.of(0, 1, 2, 3, 4, 5), [2, 3])
      expect(parseNpy(readFileSync(path), path)).toEqual(array)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
