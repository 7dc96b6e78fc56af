// Python's pickle streams as data, as far as PyTorch's files of tensors need them (protocol 2 and before): what a stream would
// import and call is only named in the result, so nothing that a file says is ever run.
// Opcodes: https://docs.python.org/3/library/pickletools.html
import { failureError } from '../../errors.ts'

/** A class or function, by its full name. */
export interface Global {
  readonly kind: 'global'
  readonly name: string
}

/** What a call gave, or a dict: by whom, of what, and the entries that it was given after. */
export interface Made {
  readonly kind: 'made'
  readonly by: string
  readonly from: Pickled
  readonly entries: [Pickled, Pickled][]
}

/** Something that is kept outside of the stream. */
export interface Outside {
  readonly kind: 'outside'
  readonly id: Pickled
}

/** Tuples and lists are arrays alike. */
export type Pickled = null | boolean | number | bigint | string | Pickled[] | Global | Made | Outside

/** Bytes that are read one after the other. */
export interface Stream {
  readonly bytes: Uint8Array
  /** Next byte index. */
  at: number
  /** Says in errors which file this is. */
  readonly name: string
}

/** @throws WhitewaterError (failure) where there are fewer */
export function takeBytes(stream: Stream, count: number): Uint8Array {
  const { bytes, at, name } = stream
  if (!(count <= bytes.length - at))
    throw failureError(`${name} is cut off at byte ${bytes.length}; download it again`)
  return bytes.subarray(at, (stream.at = at + count))
}

const viewOf = (stream: Stream, count: number): DataView => {
  const { buffer, byteOffset } = takeBytes(stream, count)
  return new DataView(buffer, byteOffset, count)
}

const byte = (stream: Stream): number => takeBytes(stream, 1)[0]
const word = (stream: Stream): number => viewOf(stream, 4).getUint32(0, true)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function line(stream: Stream): string {
  const end = stream.bytes.indexOf(0x0a, stream.at)
  const whole = takeBytes(stream, (end < 0 ? stream.bytes.length : end) + 1 - stream.at)
  return text(whole.subarray(0, -1))
}

/** Little-endian two's complement of any length; a bigint where a number would not hold it. */
function long(bytes: Uint8Array): number | bigint {
  let value = 0n
  bytes.forEach((digit, at) => (value |= BigInt(digit) << BigInt(8 * at)))
  const signed = BigInt.asIntN(8 * bytes.length, value)
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
}

interface Machine {
  readonly stream: Stream
  readonly stack: Pickled[]
  /** Where on the stack a list of values begins. */
  readonly marks: number[]
  readonly memory: Map<number, Pickled>
}

const broken = ({ stream: { name, at } }: Machine): Error =>
  failureError(`${name} has a broken pickle stream near byte ${at}; download it again`)

function pop(machine: Machine): Pickled {
  const value = machine.stack.pop()
  if (value === undefined) throw broken(machine)
  return value
}

function popMarked(machine: Machine): Pickled[] {
  const mark = machine.marks.pop()
  if (mark === undefined || mark > machine.stack.length) throw broken(machine)
  return machine.stack.splice(mark)
}

function recall(machine: Machine, key: number): Pickled {
  const value = machine.memory.get(key)
  if (value === undefined) throw broken(machine)
  return value
}

function memorise(machine: Machine, key: number): void {
  const value = pop(machine)
  machine.memory.set(key, value)
  machine.stack.push(value)
}

export const isMade = (value: Pickled): value is Made =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'made'

function call(machine: Machine): Made {
  const from = pop(machine)
  const callable = pop(machine)
  if (
    typeof callable !== 'object' ||
    callable === null ||
    !('kind' in callable) ||
    callable.kind !== 'global'
  )
    throw broken(machine)
  return { kind: 'made', by: callable.name, from, entries: [] }
}

/** Adds keys and values, which take turns, to what is on the stack below them. */
function setItems(machine: Machine, items: readonly Pickled[]): void {
  const holder = pop(machine)
  if (!isMade(holder) || items.length % 2 !== 0) throw broken(machine)
  for (let at = 0; at < items.length; at += 2) holder.entries.push([items[at], items[at + 1]])
  machine.stack.push(holder)
}

function append(machine: Machine, items: readonly Pickled[]): void {
  const list = pop(machine)
  if (!Array.isArray(list)) throw broken(machine)
  for (const item of items) list.push(item)
  machine.stack.push(list)
}

const lastPopped = (machine: Machine, count: number): Pickled[] =>
  Array.from({ length: count }, () => pop(machine)).reverse()

/** Opcodes that leave one more value, by the letter or number of pickletools. */
const values: Readonly<Record<number, (machine: Machine) => Pickled>> = {
  [0x4e]: () => null, // N
  [0x88]: () => true,
  [0x89]: () => false,
  [0x4b]: ({ stream }) => byte(stream), // K
  [0x4d]: ({ stream }) => viewOf(stream, 2).getUint16(0, true), // M
  [0x4a]: ({ stream }) => viewOf(stream, 4).getInt32(0, true), // J
  [0x8a]: ({ stream }) => long(takeBytes(stream, byte(stream))),
  [0x47]: ({ stream }) => viewOf(stream, 8).getFloat64(0), // G
  [0x58]: ({ stream }) => text(takeBytes(stream, word(stream))), // X
  [0x54]: ({ stream }) => text(takeBytes(stream, word(stream))), // T
  [0x55]: ({ stream }) => text(takeBytes(stream, byte(stream))), // U
  [0x29]: () => [], // )
  [0x5d]: () => [], // ]
  [0x7d]: () => ({ kind: 'made', by: 'dict', from: [], entries: [] }), // }
  [0x74]: popMarked, // t
  [0x85]: (machine) => lastPopped(machine, 1),
  [0x86]: (machine) => lastPopped(machine, 2),
  [0x87]: (machine) => lastPopped(machine, 3),
  [0x63]: ({ stream }) => ({ kind: 'global', name: `${line(stream)}.${line(stream)}` }), // c
  [0x52]: call, // R
  [0x51]: (machine) => ({ kind: 'outside', id: pop(machine) }), // Q
  [0x68]: (machine) => recall(machine, byte(machine.stream)), // h
  [0x6a]: (machine) => recall(machine, word(machine.stream)), // j
}

/** Opcodes that change what is there. */
const changes: Readonly<Record<number, (machine: Machine) => void>> = {
  [0x80]: ({ stream }) => byte(stream), // the protocol's number
  [0x28]: ({ marks, stack }) => marks.push(stack.length), // (
  [0x71]: (machine) => memorise(machine, byte(machine.stream)), // q
  [0x72]: (machine) => memorise(machine, word(machine.stream)), // r
  [0x73]: (machine) => setItems(machine, lastPopped(machine, 2)), // s
  [0x75]: (machine) => setItems(machine, popMarked(machine)), // u
  [0x61]: (machine) => append(machine, lastPopped(machine, 1)), // a
  [0x65]: (machine) => append(machine, popMarked(machine)), // e
  [0x62]: pop, // b, an object's attributes: a state dict's versions of its modules
}

const STOP = 0x2e

/**
 * Reads one pickle, and leaves the stream behind it.
 * @throws WhitewaterError (failure) when it is cut off or broken, or has an opcode that files of tensors do not need
 */
export function unpickle(stream: Stream): Pickled {
  const machine: Machine = { stream, stack: [], marks: [], memory: new Map() }
  for (let code = byte(stream); code !== STOP; code = byte(stream)) {
    if (code in values) machine.stack.push(values[code](machine))
    else if (code in changes) changes[code](machine)
    else {
      const where = `${stream.name} has opcode 0x${code.toString(16)} at byte ${stream.at - 1}`
      throw failureError(
        `${where}, which a file of tensors does not need: save model.state_dict() alone with torch.save, or as safetensors`,
      )
    }
  }
  return pop(machine)
}
