// Random streams: numbers from Philox blocks under one key. Two safe integers, the key and the number of blocks
// consumed, are the whole state; streams split by name; every platform gives the same numbers.
import { boxMuller } from './normal.ts'
import { philox, philoxBlocks } from './philox.ts'

/** All that a stream is: `key` in [0, 2^53) names it, `position` counts the 128-bit blocks it has consumed. */
export interface RandomState {
  readonly key: number
  readonly position: number
}

/**
 * A stream of random numbers. Every call starts on a fresh block, so that it depends only on the state before it.
 * Arguments that are counts are nonnegative integers; a typed array is filled and returned.
 */
export interface RandomStream {
  readonly state: RandomState
  /** float32 uniforms in [0, 1), multiples of 2^-24. */
  uniform(out: number | Float32Array): Float32Array
  /** float32 standard normals. */
  normal(out: number | Float32Array): Float32Array
  /** `count` integers, exactly uniform on [0, high), 1 <= high <= 2^31. */
  integers(count: number, high: number): Int32Array
  /** A uniformly random order of 0 .. count - 1 (Fisher-Yates). */
  permutation(count: number): Int32Array
  /** One float64 uniform in [0, 1), a multiple of 2^-53. */
  nextUniform(): number
  /** An independent stream that depends on this stream's key and `name` alone, not on its position. */
  split(name: string): RandomStream
}

const CHUNK = 2048
const scratch = new Int32Array(CHUNK)

/** The largest block position; far beyond any run, and where a safe integer would stop counting. */
const LIMIT = Number.MAX_SAFE_INTEGER - CHUNK

/** Writes random words for `count` results, chunk by chunk, through `use(words, offset, length)`. */
function forEachChunk(
  key: number,
  position: number,
  count: number,
  use: (words: Int32Array, offset: number, length: number) => void,
): void {
  for (let offset = 0; offset < count; offset += CHUNK) {
    const length = Math.min(CHUNK, count - offset)
    const words = length === CHUNK ? scratch : scratch.subarray(0, Math.ceil(length / 8) * 8)
    philoxBlocks(words, key, position + offset / 4)
    use(words, offset, length)
  }
}

/** 53 bits hashed from a key and a name by chaining Philox blocks over the name's UTF-8 bytes. */
function childKey(key: number, name: string): number {
  const bytes = new TextEncoder().encode(name)
  const padded = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 1) / 8) * 8))
  bytes.forEach((byte, i) => padded.setUint8(i, byte))
  const keyWords = [key >>> 0, Math.floor(key / 2 ** 32)] as const
  // The last counter word is never 0 here and always 0 in the streams themselves: no hash reuses a stream's block.
  let chain: readonly number[] = [0, 0, bytes.length, 0]
  for (let at = 0; at < padded.byteLength; at += 8) {
    const a = chain[0] ^ padded.getUint32(at, true)
    const b = chain[1] ^ padded.getUint32(at + 4, true)
    chain = philox([a, b, chain[2], (chain[3] | 1) >>> 0], keyWords)
  }
  return (chain[0] >>> 0) + (chain[1] & 0x1fffff) * 2 ** 32
}

function checkSafe(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} is ${value}, expected an integer from 0 to 2^53 - 1`)
  }
}

function checkCount(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`count is ${value}, expected a nonnegative integer`)
  }
}

class PhiloxStream implements RandomStream {
  readonly #key: number
  #position: number

  constructor({ key, position }: RandomState) {
    checkSafe('random key', key)
    checkSafe('random position', position)
    this.#key = key
    this.#position = position
  }

  get state(): RandomState {
    return { key: this.#key, position: this.#position }
  }

  #take(blocks: number): number {
    const start = this.#position
    if (start + blocks > LIMIT) throw new RangeError('random stream exhausted: split off a fresh one')
    this.#position = start + blocks
    return start
  }

  uniform(target: number | Float32Array): Float32Array {
    const out = arrayFor(target)
    forEachChunk(this.#key, this.#take(Math.ceil(out.length / 4)), out.length, (words, offset, length) => {
      for (let i = 0; i < length; i++) out[offset + i] = (words[i] >>> 8) * 2 ** -24
    })
    return out
  }

  normal(target: number | Float32Array): Float32Array {
    const out = arrayFor(target)
    forEachChunk(this.#key, this.#take(Math.ceil(out.length / 4)), out.length, (words, offset, length) =>
      boxMuller(words, out, offset, length),
    )
    return out
  }

  integers(count: number, high: number): Int32Array {
    checkCount(count)
    if (!Number.isInteger(high) || high < 1 || high > 2 ** 31) {
      throw new RangeError(`integers below ${high} asked for, expected a bound from 1 to 2^31`)
    }
    const out = new Int32Array(count)
    this.#bounded(out, () => high)
    return out
  }

  permutation(count: number): Int32Array {
    checkCount(count)
    const swaps = new Int32Array(count)
    this.#bounded(swaps, (i) => i + 1)
    const order = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      order[i] = order[swaps[i]]
      order[swaps[i]] = i
    }
    return order
  }

  /** out[i] uniform on [0, bound(i)): words at or above the last whole multiple of the bound are drawn again. */
  #bounded(out: Int32Array, bound: (i: number) => number): void {
    for (let i = 0; i < out.length;) {
      const words = scratch.subarray(0, Math.min(CHUNK, Math.ceil((out.length - i) / 8) * 8))
      philoxBlocks(words, this.#key, this.#take(words.length / 4))
      for (let at = 0; at < words.length && i < out.length; at++) {
        const word = words[at] >>> 0
        const high = bound(i) >>> 0
        if (word < 0x100000000 - (0x100000000 % high)) out[i++] = word % high
      }
    }
  }

  nextUniform(): number {
    const words = scratch.subarray(0, 8)
    philoxBlocks(words, this.#key, this.#take(1))
    return ((words[0] >>> 5) * 2 ** 26 + (words[1] >>> 6)) * 2 ** -53
  }

  split(name: string): RandomStream {
    return new PhiloxStream({ key: childKey(this.#key, name), position: 0 })
  }
}

function arrayFor(target: number | Float32Array): Float32Array {
  if (typeof target !== 'number') return target
  checkCount(target)
  return new Float32Array(target)
}

/**
 * The stream that `seed` names, at its beginning.
 * @param seed an integer in [0, 2^53); it is the stream's key
 */
export const randomStream = (seed: number): RandomStream => new PhiloxStream({ key: seed, position: 0 })

/** The stream that continues exactly where `state` was read. */
export const restoreStream = (state: RandomState): RandomStream => new PhiloxStream(state)
