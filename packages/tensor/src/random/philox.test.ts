import { describe, expect, it } from 'vitest'
import { philox, philoxBlocks, type Words2, type Words4 } from './philox.ts'

// The philox4x32 10 lines of tests/kat_vectors in the Random123 distribution (D. E. Shaw Research).
const knownAnswers: [Words4, Words2, Words4][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
]

describe('philox', () => {
  it.each(knownAnswers)('gives the published answer for counter %j', (counter, key, answer) => {
    expect(philox(counter, key)).toEqual(answer)
  })
})

describe('philoxBlocks', () => {
  it.each([
    [0, 0],
    [12345, 2 ** 32 - 2],
    [2 ** 53 - 1, 2 ** 40 + 7],
    [2 ** 32 + 5, 2 ** 52],
  ])('under key %d from position %d agrees with the block function', (key, position) => {
    const words = new Int32Array(16)
    philoxBlocks(words, key, position)
    for (let block = 0; block < 4; block++) {
      const at = position + block
      const counter = [at % 2 ** 32, Math.floor(at / 2 ** 32), 0, 0] as const
      const expected = philox(counter, [key % 2 ** 32, Math.floor(key / 2 ** 32)])
      expect(Array.from(words.subarray(4 * block, 4 * block + 4), (w) => w >>> 0)).toEqual(expected)
    }
  })
})
