import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeIdx, parseIdx } from './idx.ts'

describe('idx', () => {
  it('round trips unsigned bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }), (shape) => {
        const length = shape.reduce((size, extent) => size * extent, 1)
        const array = ndarray(
          Uint8Array.from({ length }, (_, i) => (i * 37) % 256),
          shape,
        )
        expect(parseIdx(encodeIdx(array), 'x')).toEqual(array)
      }),
      { numRuns: 50, seed: 1 },
    )
  })

  it.each([
    [0x08, [200], Uint8Array.of(200)],
    [0x09, [255], Int32Array.of(-1)],
    [0x0b, [255, 254], Int32Array.of(-2)],
    [0x0c, [0, 0, 1, 0], Int32Array.of(256)],
    [0x0d, [0x3f, 0x80, 0, 0], Float32Array.of(1)],
    [0x0e, [0xbf, 0xf0, 0, 0, 0, 0, 0, 0], Float64Array.of(-1)],
  ])('reads type %d, big-endian', (type, body, data) => {
    expect(parseIdx(Uint8Array.from([0, 0, type, 1, 0, 0, 0, 1, ...body]), 'x')).toEqual({ data, shape: [1] })
  })

  it('says what is wrong with a broken file, wherever it is cut', () => {
    const bytes = encodeIdx(ndarray(new Uint8Array(6), [2, 3]))
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseIdx(bytes.subarray(0, length), 'x')).toThrow(/^x is (no IDX file|truncated)/)
    }
    expect(() => parseIdx(Uint8Array.from([...bytes, 0]), 'x')).toThrow('x is too long')
  })
})
