// Numbers in files: element types of npy, safetensors and IDX to the typed arrays of the house, either byte order.
// Hosts are taken to be little-endian, as every platform of Node and every browser is.
import type { Data } from '@whitewater/tensor'

type ByteSwapped = { readonly size: number; readonly decode: (buffer: ArrayBuffer) => Data }

/** IEEE half precision to a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Half precision numbers, widened. A loop: `Float32Array.from` with a function is twenty times slower. */
function halves(buffer: ArrayBuffer): Float32Array {
  const bits = new Uint16Array(buffer)
  const out = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = half(bits[i])
  return out
}

/** bfloat16 is the upper half of a float32. */
function bfloats(buffer: ArrayBuffer): Float32Array {
  const bits = new Uint16Array(buffer)
  const out = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = bits[i] << 16
  return new Float32Array(out.buffer)
}

/** Element types by name; those without a typed array of their own are widened without loss. */
const elements = {
  f4: { size: 4, decode: (buffer) => new Float32Array(buffer) },
  f8: { size: 8, decode: (buffer) => new Float64Array(buffer) },
  i4: { size: 4, decode: (buffer) => new Int32Array(buffer) },
  i8: { size: 8, decode: (buffer) => new BigInt64Array(buffer) },
  u1: { size: 1, decode: (buffer) => new Uint8Array(buffer) },
  b1: { size: 1, decode: (buffer) => new Uint8Array(buffer).map((value) => (value ? 1 : 0)) },
  i1: { size: 1, decode: (buffer) => new Int32Array(new Int8Array(buffer)) },
  i2: { size: 2, decode: (buffer) => new Int32Array(new Int16Array(buffer)) },
  u2: { size: 2, decode: (buffer) => new Int32Array(new Uint16Array(buffer)) },
  f2: { size: 2, decode: halves },
  bf2: { size: 2, decode: bfloats },
} satisfies Record<string, ByteSwapped>

export type Element = keyof typeof elements

export const isElement = (name: string): name is Element => Object.hasOwn(elements, name)

export const elementSize = (element: Element): number => elements[element].size

/** Reverses the bytes of every element in place. */
function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse()
}

/** The elements in `bytes`, whose length is a multiple of the element size, as a fresh typed array. */
export function decodeElements(bytes: Uint8Array, element: Element, bigEndian = false): Data {
  const { size, decode } = elements[element]
  const copy = new Uint8Array(bytes)
  if (bigEndian && size > 1) swapBytes(copy, size)
  return decode(copy.buffer)
}

/** The bytes of a typed array, little-endian, without a copy. */
export const bytesOf = (data: Data): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
