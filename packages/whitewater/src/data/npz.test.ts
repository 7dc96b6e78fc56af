import { ndarray } from '@whitewater/tensor'
import { zipSync } from 'fflate'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrays } from './arbitrary.test-support.ts'
import { encodeNpz, parseNpz } from './npz.ts'

describe('npz', () => {
  it('round trips every set of arrays exactly, stored or deflated', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_.]{1,8}$/), arrays), {
      selector: ([name]) => name,
      maxLength: 4,
    })
    fc.assert(
      fc.property(entries, fc.boolean(), (given, compress) => {
        expect(parseNpz(encodeNpz(given, { compress }), 'x.npz')).toEqual(new Map(given))
      }),
      { numRuns: 50, seed: 1 },
    )
  })

  it('makes the same bytes from the same arrays', () => {
    const given = [['x', ndarray(Float32Array.of(1, 2), [2])]] as const
    expect(encodeNpz(given)).toEqual(encodeNpz(given))
  })

  it('says what is wrong with a broken file', () => {
    const bytes = encodeNpz([['x', ndarray(new Float32Array(100), [100])]])
    for (const length of [0, 1, 30, 200, bytes.length - 1]) {
      expect(() => parseNpz(bytes.subarray(0, length), 'x.npz')).toThrow(/^x\.npz/)
    }
    expect(() => parseNpz(zipSync({ 'a.txt': Uint8Array.of(1) }), 'x.npz')).toThrow(
      'x.npz:a.txt is no npy file',
    )
  })
})
