// Hugging Face's safetensors: eight bytes of header length, a JSON header, then the tensors' bytes.
// Format: https://github.com/huggingface/safetensors#format
import { sizeOf, type Data, type NdArray, type Shape } from '@whitewater/tensor'
import { z } from 'zod'
import { failureError } from '../errors.ts'
import { bytesOf, decodeElements, elementSize, type Element } from './bytes.ts'

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, NdArray>
  readonly metadata: Readonly<Record<string, string>>
}

const elementOf: Readonly<Record<string, Element>> = {
  F64: 'f8',
  F32: 'f4',
  F16: 'f2',
  BF16: 'bf2',
  I64: 'i8',
  I32: 'i4',
  I16: 'i2',
  I8: 'i1',
  U8: 'u1',
  BOOL: 'b1',
}

const extent = z.number().int().nonnegative()
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(extent),
  data_offsets: z.tuple([extent, extent]),
})
const metadataSchema = z.record(z.string(), z.string())
type Entry = z.infer<typeof entrySchema>

/**
 * @param name says in errors which file this is
 * @returns tensors in file order; F16 and BF16 are widened to float32, I16 and I8 to int32
 * @throws WhitewaterError when the header is unreadable, the file is truncated, or a tensor's offsets and shape disagree
 */
export function parseSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const { header, start } = parseHeader(bytes, name)
  const metadata = metadataOf(header, name)
  const tensors = new Map<string, NdArray>()
  for (const [key, value] of Object.entries(header)) {
    if (key === '__metadata__') continue
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw failureError(`${name}: tensor '${key}' has an unreadable header entry`)
    tensors.set(key, parseTensor(bytes.subarray(start), entry.data, `${name}: tensor '${key}'`))
  }
  return { tensors, metadata }
}

function metadataOf(header: Record<string, unknown>, name: string): Readonly<Record<string, string>> {
  const checked = metadataSchema.safeParse(header.__metadata__ ?? {})
  if (!checked.success) throw failureError(`${name}: __metadata__ is not a map from string to string`)
  return checked.data
}

/** The metadata, from the bytes up to the end of the header; empty where there are none. @throws as `parseSafetensors` */
export const parseMetadata = (bytes: Uint8Array, name: string): Readonly<Record<string, string>> =>
  metadataOf(parseHeader(bytes, name).header, name)

function parseHeader(bytes: Uint8Array, name: string): { header: Record<string, unknown>; start: number } {
  const length =
    bytes.length < 8 ? NaN : Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (!(8 + length <= bytes.length)) {
    throw failureError(
      `${name} is no whole safetensors file: its header is cut off; write or download it again`,
    )
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length))
    return { header: z.record(z.string(), z.unknown()).parse(JSON.parse(text)), start: 8 + length }
  } catch (error) {
    throw failureError(`${name} is no safetensors file: its header is not a JSON object`, error)
  }
}

function parseTensor(body: Uint8Array, entry: Entry, what: string): NdArray {
  const element = Object.hasOwn(elementOf, entry.dtype) ? elementOf[entry.dtype] : undefined
  if (!element) {
    throw failureError(
      `${what} has type ${entry.dtype}, expected one of ${Object.keys(elementOf).join(', ')}`,
    )
  }
  const [begin, end] = entry.data_offsets
  const size = sizeOf(entry.shape) * elementSize(element)
  if (end - begin !== size) {
    throw failureError(
      `${what}: shape [${entry.shape.join(', ')}] needs ${size} bytes, its offsets span ${end - begin}`,
    )
  }
  if (end > body.length) {
    throw failureError(
      `${what} ends at byte ${end}, the file at ${body.length}: truncated; write or download it again`,
    )
  }
  return { data: decodeElements(body.subarray(begin, end), element), shape: entry.shape }
}

function dtypeName(data: Data): string {
  if (data instanceof Float32Array) return 'F32'
  if (data instanceof Float64Array) return 'F64'
  if (data instanceof Int32Array) return 'I32'
  if (data instanceof BigInt64Array) return 'I64'
  return 'U8'
}

interface Described {
  readonly name: string
  readonly dtype: string
  readonly shape: Shape
  readonly bytes: number
}

/** Everything before the first tensor's bytes, of tensors that follow each other in this order. */
function headerOf(tensors: readonly Described[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let end = 0
  const entries = tensors.map(({ name, dtype, shape, bytes }): [string, unknown] => {
    const begin = end
    end += bytes
    return [name, { dtype, shape, data_offsets: [begin, end] }]
  })
  if (Object.keys(metadata).length > 0) entries.unshift(['__metadata__', metadata])
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)))
  const out = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20)
  new DataView(out.buffer).setBigUint64(0, BigInt(out.length - 8), true)
  out.set(json, 8)
  return out
}

const describedAs = (name: string, { data, shape }: NdArray): Described => ({
  name,
  dtype: dtypeName(data),
  shape,
  bytes: data.byteLength,
})

/**
 * Widest elements first and then by name, as the reference writer orders them: every tensor stays aligned, and the same
 * tensors always make the same bytes.
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, NdArray]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = [...tensors].sort(
    ([a, { data: x }], [b, { data: y }]) =>
      y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT || (a < b ? -1 : a > b ? 1 : 0),
  )
  const described = sorted.map(([name, array]) => describedAs(name, array))
  const header = headerOf(described, metadata)
  const out = new Uint8Array(header.length + described.reduce((sum, { bytes }) => sum + bytes, 0))
  out.set(header)
  let at = header.length
  for (const [, { data }] of sorted) {
    out.set(bytesOf(data), at)
    at += data.byteLength
  }
  return out
}

/** A float32 tensor in blocks that follow each other along its first axis. */
export interface TensorBlocks {
  readonly name: string
  readonly shape: Shape
  readonly blocks: AsyncIterable<NdArray<Float32Array>>
}

/**
 * A file in pieces: whole tensors first, in the order given, then one that is never held together.
 * @throws RangeError when its blocks do not fill its shape
 */
export async function* encodeSafetensorsBlocks(
  whole: readonly (readonly [string, NdArray])[],
  { name, shape, blocks }: TensorBlocks,
  metadata: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array> {
  const last: Described = { name, dtype: 'F32', shape, bytes: 4 * sizeOf(shape) }
  yield headerOf([...whole.map(([key, array]) => describedAs(key, array)), last], metadata)
  for (const [, { data }] of whole) yield bytesOf(data)
  let values = 0
  for await (const { data } of blocks) {
    values += data.length
    yield bytesOf(data)
  }
  if (values !== sizeOf(shape)) throw new RangeError(`${values} values do not fill [${shape.join(', ')}]`)
}
