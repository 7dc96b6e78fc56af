// IDX, the file format of MNIST: two zero bytes, an element type, the number of axes, the extents, then the elements;
// everything big-endian. Source: Y. LeCun, "The MNIST database of handwritten digits".
import { ndarray, sizeOf, type NdArray } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { bytesOf, decodeElements, elementSize, type Element } from './bytes.ts'

const elementOf = new Map<number, Element>([
  [0x08, 'u1'],
  [0x09, 'i1'],
  [0x0b, 'i2'],
  [0x0c, 'i4'],
  [0x0d, 'f4'],
  [0x0e, 'f8'],
])

/**
 * @param bytes uncompressed
 * @param name says in errors which file this is
 * @returns int8 and int16 are widened to int32
 * @throws WhitewaterError when the bytes are no IDX file, or fewer or more than its extents ask for
 */
export function parseIdx(bytes: Uint8Array, name: string): NdArray {
  const element = elementOf.get(bytes[2])
  const axes = bytes[3]
  const start = 4 + 4 * axes
  if (bytes[0] !== 0 || bytes[1] !== 0 || !element || !(bytes.length >= start)) {
    throw failureError(
      `${name} is no IDX file: expected it to begin with two zero bytes, a type and its extents`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis))
  const needed = sizeOf(shape) * elementSize(element)
  if (bytes.length - start !== needed) {
    const state = bytes.length - start < needed ? 'is truncated' : 'is too long'
    throw failureError(
      `${name} ${state}: shape [${shape.join(', ')}] needs ${needed} bytes, ${bytes.length - start} are there; download it again`,
    )
  }
  return ndarray(decodeElements(bytes.subarray(start), element, true), shape)
}

/** uint8 images [count, height, width] to float32 [count, 1, height, width] in [-1, 1]; other arrays as they are. */
export function scaledImages({ data, shape }: NdArray): NdArray {
  if (!(data instanceof Uint8Array) || shape.length !== 3) return { data, shape }
  const pixels = new Float32Array(data.length)
  for (let i = 0; i < pixels.length; i++) pixels[i] = data[i] / 127.5 - 1
  return ndarray(pixels, [shape[0], 1, shape[1], shape[2]])
}

/** IDX of unsigned bytes, the one kind in common use. */
export function encodeIdx({ data, shape }: NdArray<Uint8Array>): Uint8Array {
  const start = 4 + 4 * shape.length
  const out = new Uint8Array(start + data.length)
  out.set([0, 0, 0x08, shape.length])
  const view = new DataView(out.buffer)
  shape.forEach((extent, axis) => view.setUint32(4 + 4 * axis, extent))
  out.set(bytesOf(data), start)
  return out
}
