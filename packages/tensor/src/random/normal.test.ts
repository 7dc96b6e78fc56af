import { describe, expect, it } from 'vitest'
import { boxMuller, logUniform } from './normal.ts'
import { philoxBlocks } from './philox.ts'

describe('logUniform', () => {
  it('is the logarithm of (word + 1) / 2^32 to a relative 3e-11', () => {
    const words = new Int32Array(8192)
    philoxBlocks(words, 3, 0)
    words.set([0, 1, 2, 3, -1, -2, -3, 0x7fffffff, -0x80000000, 0x40000000])
    for (const word of words) {
      const exact = Math.log(((word >>> 0) + 1) / 2 ** 32)
      expect(Math.abs(logUniform(word) - exact)).toBeLessThanOrEqual(3e-11 * Math.abs(exact))
    }
  })
})

describe('boxMuller', () => {
  it('is the textbook transform to float32 rounding', () => {
    const words = new Int32Array(8192)
    philoxBlocks(words, 4, 0)
    words.set([0, 0, -1, 0, 5, -0x80000000, 5, 0x7fffffff])
    const out = new Float32Array(words.length)
    boxMuller(words, out, 0, words.length)
    for (let i = 0; i < words.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(((words[i] >>> 0) + 1) / 2 ** 32)) * (words[i + 1] & 1 ? -1 : 1)
      const angle = (words[i + 1] * Math.PI) / 2 ** 32
      const c = radius * Math.cos(angle)
      const s = radius * Math.sin(angle)
      expect(Math.abs(out[i] - c)).toBeLessThanOrEqual(6.1e-8 * Math.abs(c) + 1e-9)
      expect(Math.abs(out[i + 1] - s)).toBeLessThanOrEqual(6.1e-8 * Math.abs(s) + 1e-9)
    }
  })

  it('writes no further than the count', () => {
    const out = new Float32Array(6)
    boxMuller(new Int32Array([7, 8, 9, 10]), out, 1, 3)
    expect(out[0]).toBe(0)
    expect(out[3]).not.toBe(0)
    expect(out[4]).toBe(0)
  })
})
