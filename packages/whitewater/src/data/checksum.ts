// Checksums: what names data and weights beyond doubt.
import { createHash } from 'node:crypto'
import type { NdArray } from '@whitewater/tensor'
import { bytesOf } from './bytes.ts'

/** SHA-256 of the parts one after the other, hex. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** SHA-256 of arrays by name, in the order of their names: of each its name, shape and values. */
export function arraysHash(arrays: Iterable<readonly [string, NdArray]>): string {
  const sorted = [...arrays].sort(([a], [b]) => (a < b ? -1 : 1))
  return sha256(...sorted.flatMap(([name, { data, shape }]) => [`${name}[${shape.join()}]\n`, bytesOf(data)]))
}
