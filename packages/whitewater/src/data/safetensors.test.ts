import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ndarray, type NdArray } from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrays } from './arbitrary.test-support.ts'
import { readMetadata, writeSafetensorsBlocks } from './files.ts'
import { encodeSafetensors, encodeSafetensorsBlocks, parseSafetensors } from './safetensors.ts'

/** A safetensors file by hand. */
function safetensors(header: string, body: readonly number[]): Uint8Array {
  const json = new TextEncoder().encode(header)
  return Uint8Array.from([json.length & 255, json.length >> 8, 0, 0, 0, 0, 0, 0, ...json, ...body])
}

const tensor = (dtype: string, shape: string, end: number): string =>
  `{"w":{"dtype":"${dtype}","shape":${shape},"data_offsets":[0,${end}]}}`

describe('safetensors', () => {
  it('round trips tensors and metadata exactly', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 10 }).filter((name) => !name.startsWith('__'))
    const entries = fc.uniqueArray(fc.tuple(text, arrays), { selector: ([name]) => name, maxLength: 5 })
    fc.assert(
      fc.property(entries, fc.dictionary(text, text, { noNullPrototype: true }), (given, metadata) => {
        const read = parseSafetensors(encodeSafetensors(given, metadata), 'x.safetensors')
        expect(read.tensors).toEqual(new Map(given))
        expect(read.metadata).toEqual(metadata)
      }),
      { numRuns: 80, seed: 1 },
    )
  })

  it('aligns every tensor and does not depend on the order given', () => {
    const a = ['a', ndarray(Uint8Array.of(1, 2, 3), [3])] as const
    const b = ['b', ndarray(Float64Array.of(4), [1])] as const
    const bytes = encodeSafetensors([a, b])
    expect(encodeSafetensors([b, a])).toEqual(bytes)
    const header = new TextDecoder().decode(bytes.subarray(8, bytes.length - 11))
    expect(header.trimEnd()).toBe(
      '{"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}',
    )
    expect((bytes.length - 11) % 8).toBe(0)
  })

  it('makes the same bytes of a tensor in blocks, and only where they fill it', async () => {
    const values = Float32Array.from({ length: 12 }, (_, i) => i / 7)
    const labels: readonly [string, NdArray] = ['labels', ndarray(Int32Array.of(3, 1, 2), [3])]
    async function* blocks(count: number) {
      for (let row = 0; row < count; row++)
        yield await Promise.resolve(ndarray(values.subarray(4 * row, 4 * row + 4), [1, 2, 2]))
    }
    const pieces = async (count: number) => {
      const parts: Uint8Array[] = []
      const latents = { name: 'latents', shape: [3, 2, 2], blocks: blocks(count) }
      for await (const part of encodeSafetensorsBlocks([labels], latents, { a: 'b' })) parts.push(part)
      return Buffer.concat(parts)
    }
    const whole = encodeSafetensors([labels, ['latents', ndarray(values, [3, 2, 2])]], { a: 'b' })
    expect((await pieces(3)).equals(whole)).toBe(true)
    await expect(pieces(2)).rejects.toThrow('8 values do not fill [3, 2, 2]')
  })

  it('says what a file says of itself without reading the rest', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
    const path = join(folder, 'x.safetensors')
    const none = (async function* () {})()
    await writeSafetensorsBlocks(path, [], { name: 'w', shape: [0, 4], blocks: none }, { by: 'test' })
    expect(await readMetadata(path)).toEqual({ by: 'test' })
    await writeFile(path, encodeSafetensors([['w', ndarray(new Float32Array(2), [2])]]))
    expect(await readMetadata(path)).toEqual({})
    for (const content of ['abc', 'no safetensors at all'])
      await writeFile(path, content).then(() => expect(readMetadata(path)).rejects.toThrow(/cut off/))
    await expect(readMetadata(join(folder, 'none'))).rejects.toThrow('does not exist')
    await rm(folder, { recursive: true })
  })

  it.each([
    ['F32', [0, 0, 0x80, 0x3f], Float32Array.of(1)],
    ['F16', [0, 0x38], Float32Array.of(0.5)],
    ['BF16', [0x80, 0xbf], Float32Array.of(-1)],
    ['I64', [255, 255, 255, 255, 255, 255, 255, 255], BigInt64Array.of(-1n)],
    ['BOOL', [1], Uint8Array.of(1)],
    ['U8', [7], Uint8Array.of(7)],
  ])('reads %s', (dtype, body, data) => {
    const { tensors } = parseSafetensors(safetensors(tensor(dtype, '[1]', body.length), body), 'x')
    expect(tensors.get('w')).toEqual({ data, shape: [1] })
  })

  it('says what is wrong with a broken file, wherever it is cut', () => {
    const bytes = encodeSafetensors([['w', ndarray(new Float32Array(6), [2, 3])]])
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseSafetensors(bytes.subarray(0, length), 'x.st')).toThrow(/^x\.st.*(cut off|truncated)/)
    }
    expect(() => parseSafetensors(safetensors('[1]', []), 'x.st')).toThrow('not a JSON object')
    expect(() => parseSafetensors(safetensors('{"w":3}', []), 'x.st')).toThrow("tensor 'w' has an unreadable")
    expect(() => parseSafetensors(safetensors(tensor('F8_E4M3', '[1]', 1), [0]), 'x.st')).toThrow(
      'type F8_E4M3',
    )
    expect(() => parseSafetensors(safetensors(tensor('F32', '[2]', 4), [0, 0, 0, 0]), 'x.st')).toThrow(
      'needs 8 bytes',
    )
    expect(() => parseSafetensors(safetensors('{"__metadata__":{"a":1}}', []), 'x.st')).toThrow(
      'string to string',
    )
  })
})
