// Test help: the formula that stands for weights too large to be kept beside the goldens, det(name, i) of their README.
import { crc32 } from 'node:zlib'

/** The first `count` numbers of a name, between -1 and 1, each given by a hash of its index. */
export function formulaValues(name: string, count: number): Float64Array {
  const seed = crc32(name)
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    let hash = (seed + Math.imul(0x9e3779b9, i + 1)) | 0
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    values[i] = (2 * (((hash ^ (hash >>> 16)) >>> 0) + 0.5)) / 2 ** 32 - 1
  }
  return values
}
