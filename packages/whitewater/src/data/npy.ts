// NumPy's array file: magic, version, a Python dictionary as header, then the elements.
// Format: numpy.lib.format, versions 1.0 to 3.0.
import { ndarray, sizeOf, type Data, type NdArray, type Shape } from '@whitewater/tensor'
import { failureError, type WhitewaterError } from '../errors.ts'
import { bytesOf, decodeElements, elementSize, isElement, type Element } from './bytes.ts'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** The first bytes of every npy file. */
export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte)

export interface NpyHeader {
  readonly element: Element
  readonly bigEndian: boolean
  readonly fortran: boolean
  readonly shape: Shape
  /** Offset of the first element in bytes. */
  readonly start: number
}

/**
 * @param name says in errors which file this is
 * @returns row-major; float16 is widened to float32, int8, int16 and uint16 to int32; uint8 and bool are Uint8Array
 * @throws WhitewaterError when the bytes are no whole npy file, or hold objects, strings, complex or other types
 */
export function parseNpy(bytes: Uint8Array, name: string): NdArray {
  const header = parseNpyHeader(bytes, name)
  const { element, bigEndian, fortran, shape, start } = header
  const needed = checkedNpyLength(header, bytes.length, name)
  const data = decodeElements(bytes.subarray(start, start + needed), element, bigEndian)
  return ndarray(fortran ? rowMajor(data, shape) : data, shape)
}

/** Bytes of all elements. @throws WhitewaterError when a file of `length` bytes does not hold them */
export function checkedNpyLength({ element, shape, start }: NpyHeader, length: number, name: string): number {
  const needed = sizeOf(shape) * elementSize(element)
  if (length - start >= needed) return needed
  throw failureError(
    `${name} is truncated: shape [${shape.join(', ')}] needs ${needed} bytes, ${length - start} are there; write or download it again`,
  )
}

/** What the beginning of an npy file says about the rest. @throws as `parseNpy` */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  if (bytes.length < 10 || !isNpy(bytes)) {
    throw failureError(
      `${name} is no npy file: expected it to begin with \\x93NUMPY; save it with numpy.save`,
    )
  }
  const version = bytes[6]
  if (version < 1 || version > 3) throw failureError(`${name} has npy version ${version}, expected 1, 2 or 3`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  if (version > 1 && bytes.length < 12) throw truncatedHeader(name)
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  const begin = version === 1 ? 10 : 12
  if (bytes.length < begin + length) throw truncatedHeader(name)
  const text = new TextDecoder().decode(bytes.subarray(begin, begin + length))
  const descr = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d+)[^']*'/.exec(text)
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)
  const extents = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)
  if (!order || !extents) throw failureError(`${name} has an unreadable npy header: ${text.trim()}`)
  if (!descr || !isElement(descr[2])) {
    const given = /'descr'\s*:\s*('[^']*'|\[.*\])/.exec(text)?.[1] ?? 'unknown'
    throw failureError(
      `${name} holds elements of type ${given}, expected float32; convert it with .astype('float32')`,
    )
  }
  return {
    element: descr[2],
    bigEndian: descr[1] === '>',
    fortran: order[1] === 'True',
    shape: (extents[1].match(/\d+/g) ?? []).map(Number),
    start: begin + length,
  }
}

const truncatedHeader = (name: string): WhitewaterError =>
  failureError(`${name} is truncated in its npy header; write or download it again`)

/** Column-major elements to row-major. */
function rowMajor(data: Data, shape: Shape): Data {
  const out = data.slice()
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)))
  const index = shape.map(() => 0)
  for (let at = 0, from = 0; at < out.length; at++) {
    out[at] = data[from]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]
      if (++index[axis] < shape[axis]) break
      from -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return out
}

function descriptor(data: Data, bool: boolean): string {
  if (data instanceof Float32Array) return '<f4'
  if (data instanceof Float64Array) return '<f8'
  if (data instanceof Int32Array) return '<i4'
  if (data instanceof BigInt64Array) return '<i8'
  return bool ? '|b1' : '|u1'
}

/** Bytes before the elements: version 1.0, little-endian, row-major; the elements begin on a multiple of 64 bytes. */
function headerOf(descr: string, shape: Shape): Uint8Array {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${extents}), }`
  const start = Math.ceil((10 + dictionary.length + 1) / 64) * 64
  const out = new Uint8Array(start)
  out.set(MAGIC)
  out.set([1, 0, (start - 10) & 0xff, (start - 10) >> 8], 6)
  out.set(new TextEncoder().encode(dictionary.padEnd(start - 11) + '\n'), 10)
  return out
}

/** @param options.bool writes a Uint8Array as booleans instead of unsigned bytes */
export function encodeNpy({ data, shape }: NdArray, options: { bool?: boolean } = {}): Uint8Array {
  const header = headerOf(descriptor(data, options.bool ?? false), shape)
  const out = new Uint8Array(header.length + data.byteLength)
  out.set(header)
  out.set(bytesOf(data), header.length)
  return out
}

/**
 * The same file in pieces, from float32 blocks that follow each other along the first axis.
 * @throws RangeError when they do not fill `shape`
 */
export async function* encodeNpyBlocks(
  shape: Shape,
  blocks: AsyncIterable<NdArray<Float32Array>>,
): AsyncGenerator<Uint8Array> {
  yield headerOf('<f4', shape)
  let values = 0
  for await (const { data } of blocks) {
    values += data.length
    yield bytesOf(data)
  }
  if (values !== sizeOf(shape)) throw new RangeError(`${values} values do not fill [${shape.join(', ')}]`)
}
