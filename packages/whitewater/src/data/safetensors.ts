// Hugging Face's safetensors: eight bytes of header length, a JSON header, then the tensors' bytes.
// Format: https://github.com/huggingface/safetensors#format
import { sizeOf, type Data, type NdArray } from '@whitewater/tensor'
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
  const { __metadata__: metadata = {}, ...rest } = header
  const checkedMetadata = metadataSchema.safeParse(metadata)
  if (!checkedMetadata.success) throw failureError(`${name}: __metadata__ is not a map from string to string`)
  const tensors = new Map<string, NdArray>()
  for (const [key, value] of Object.entries(rest)) {
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw failureError(`${name}: tensor '${key}' has an unreadable header entry`)
    tensors.set(key, parseTensor(bytes.subarray(start), entry.data, `${name}: tensor '${key}'`))
  }
  return { tensors, metadata: checkedMetadata.data }
}

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
  let end = 0
  const entries = sorted.map(([key, { data, shape }]): [string, unknown] => {
    const begin = end
    end += data.byteLength
    return [key, { dtype: dtypeName(data), shape, data_offsets: [begin, end] }]
  })
  if (Object.keys(metadata).length > 0) entries.unshift(['__metadata__', metadata])
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)))
  const start = 8 + Math.ceil(json.length / 8) * 8
  const out = new Uint8Array(start + end)
  new DataView(out.buffer).setBigUint64(0, BigInt(start - 8), true)
  out.fill(0x20, 8, start)
  out.set(json, 8)
  let at = start
  for (const [, { data }] of sorted) {
    out.set(bytesOf(data), at)
    at += data.byteLength
  }
  return out
}
