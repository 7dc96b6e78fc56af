// Test help: PyTorch's files written opcode by opcode, for where there is no PyTorch.
import { zipSync } from 'fflate'

type Bytes = readonly number[]

const ascii = (text: string): Bytes => [...new TextEncoder().encode(text)]
const word = (value: number): Bytes => [...new Uint8Array(Int32Array.of(value).buffer)]

const text = (value: string): Bytes => [0x58, ...word(value.length), ...ascii(value)]
const integer = (value: number): Bytes => [0x4a, ...word(value)]
const tuple = (...items: readonly Bytes[]): Bytes => [0x28, ...items.flat(), 0x74]
const named = (module: string, name: string): Bytes => [0x63, ...ascii(`${module}\n${name}\n`)]
const called = (callable: Bytes, args: Bytes): Bytes => [...callable, ...args, 0x52]
const pickle = (...content: readonly Bytes[]): Uint8Array =>
  Uint8Array.from([0x80, 2, ...content.flat(), 0x2e])

export interface Written {
  readonly key: string
  readonly values: Float32Array
  readonly offset?: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

const storage = ({ key, values }: Written): Bytes => [
  ...tuple(text('storage'), named('torch', 'FloatStorage'), text(key), text('cpu'), integer(values.length)),
  0x51,
]

const tensor = (written: Written): Bytes =>
  called(
    named('torch._utils', '_rebuild_tensor_v2'),
    tuple(
      storage(written),
      integer(written.offset ?? 0),
      tuple(...written.shape.map(integer)),
      tuple(...written.strides.map(integer)),
      [0x89],
      called(named('collections', 'OrderedDict'), [0x29]),
    ),
  )

/** A pickled state dict; `extra` are opcodes of more keys and values. */
export const stateDict = (tensors: Readonly<Record<string, Written>>, extra: Bytes = []): Uint8Array => {
  const entries = Object.entries(tensors).flatMap(([name, written]) => [...text(name), ...tensor(written)])
  return pickle(called(named('collections', 'OrderedDict'), [0x29]), [0x28, ...entries, ...extra, 0x75])
}

/** Opcodes of a key with a value that a call makes. */
export const entryMadeBy = (key: string, module: string, name: string): Bytes => [
  ...text(key),
  ...called(named(module, name), tuple(text('echo harm'))),
]

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer.slice(0))

/** As PyTorch writes since 1.6. */
export const archive = (state: Uint8Array, storages: Readonly<Record<string, Float32Array>>): Uint8Array =>
  zipSync(
    Object.fromEntries([
      ['model/data.pkl', state],
      ['model/byteorder', Uint8Array.from(ascii('little'))],
      ...Object.entries(storages).map(([key, values]) => [`model/data/${key}`, bytesOf(values)]),
    ]) as Record<string, Uint8Array>,
    { level: 0, mtime: '1980-01-01T12:00:00' },
  )

/** As PyTorch wrote before. */
export function stream(state: Uint8Array, storages: Readonly<Record<string, Float32Array>>): Uint8Array {
  const magic = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  const parts = [
    pickle([0x8a, magic.length, ...magic]),
    pickle([0x4d, 0xe9, 0x03]),
    pickle([0x7d]),
    state,
    pickle([0x5d, 0x28, ...Object.keys(storages).flatMap(text), 0x65]),
    ...Object.values(storages).flatMap((values) => [
      new Uint8Array(BigInt64Array.of(BigInt(values.length)).buffer),
      bytesOf(values),
    ]),
  ]
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
