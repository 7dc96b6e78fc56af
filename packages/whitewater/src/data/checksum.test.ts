import { ndarray } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { arraysHash, sha256 } from './checksum.ts'

describe('checksums', () => {
  it('are SHA-256 of the parts joined', () => {
    // FIPS 180-2, appendix B.1.
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(sha256('abc')).toBe(abc)
    expect(sha256('a', new TextEncoder().encode('bc'))).toBe(abc)
  })

  it('of arrays see names, shapes and values, and no order', () => {
    const a = ndarray(Float32Array.of(1, 2), [2])
    const b = ndarray(Float32Array.of(3, 4), [2])
    const hash = arraysHash([
      ['a', a],
      ['b', b],
    ])
    expect(arraysHash(new Map([['b', b] as const, ['a', a] as const]))).toBe(hash)
    const others = [
      [['a', a] as const, ['c', b] as const],
      [['a', a] as const, ['b', ndarray(Float32Array.of(3, 4), [1, 2])] as const],
      [['a', a] as const, ['b', ndarray(Float32Array.of(3, 5), [2])] as const],
    ]
    for (const other of others) expect(arraysHash(other)).not.toBe(hash)
  })
})
