// A compiled program: an ONNX model with named inputs and outputs, and state that stays where the device is.
import {
  allocate,
  dtypeOf,
  sameShape,
  sizeOf,
  type Data,
  type DType,
  type NdArray,
  type Shape,
} from './array.ts'
import { emitTensors } from './emit.ts'
import { graphFile, modelBytes, type Target } from './graph.ts'
import { overwritable, stateInPlace } from './in-place.ts'
import { trustAll, type Trust } from './reliance.ts'
import { simplify } from './simplify.ts'
import type { ProgramSpec, StateSpec } from './spec.ts'
import { computed, formatShape, type Tensor } from './tensor.ts'

export interface Port {
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
}

/** A program as plain data: can be written to a file or sent to a worker. */
export interface Model {
  readonly bytes: Uint8Array
  readonly target: Target
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  /** Elements of the largest tensor: what tells whether more threads would pay. */
  readonly largest: number
  /** `next` is an output of the model by the name `next:NAME`. */
  readonly state: readonly StatePort[]
}

export interface StatePort extends Port {
  /** Name of the model's input that takes the current value. */
  readonly input: string
  readonly initial?: Data
  /** Whether the model computes a next value. */
  readonly changes: boolean
  /** Whether the next value may be written over the current one; a run that fails halfway leaves it half new. */
  readonly inPlace: boolean
}

/** A program ready to run. Calls are answered in order, one at a time. */
export interface Program {
  readonly model: Model
  /** Runs once, advancing the state. Throws a RangeError naming the input that is missing or does not fit. */
  run(inputs?: Readonly<Record<string, Data | NdArray>>): Promise<Record<string, NdArray>>
  /** A copy of the current value. */
  readState(name: string): Promise<Data>
  writeState(name: string, data: Data): Promise<void>
  dispose(): Promise<void>
}

export const portOf = (tensor: Tensor): Port => {
  if (tensor.origin.kind !== 'input') throw new RangeError('a program input must be made by `input`')
  return { name: tensor.origin.name, shape: tensor.shape, dtype: tensor.dtype }
}

function requireDistinctNames(inputs: readonly string[], outputs: readonly string[]): void {
  const twice = inputs.find((name, index) => inputs.indexOf(name) !== index)
  if (twice !== undefined) throw new RangeError(`two inputs of the program are named '${twice}'`)
  const both = outputs.find((name) => inputs.includes(name))
  if (both !== undefined) throw new RangeError(`an input and an output of the program are named '${both}'`)
}

const formatType = ({ dtype, shape }: Tensor): string => `${dtype} ${formatShape(shape)}`

function requireSameType(name: string, { current, next }: StateSpec): void {
  if (next && (next.dtype !== current.dtype || !sameShape(next.shape, current.shape))) {
    throw new RangeError(
      `state '${name}' is ${formatType(current)}, but its next value is ${formatType(next)}`,
    )
  }
}

/** Traces, simplifies and encodes a program for one kind of kernels, of which it uses those that `trust` allows. */
export function encode(spec: ProgramSpec, target: Target, trust: Trust = trustAll): Model {
  const outputs = Object.entries(spec.outputs ?? {})
  const state = Object.entries(spec.state ?? {})
  const inputs = (spec.inputs ?? []).map(portOf)
  const current = state.map(([, entry]) => portOf(entry.current))
  const ports = new Map([...inputs, ...current].map((port) => [port.name, port]))
  requireDistinctNames(
    [...inputs, ...current].map(({ name }) => name),
    outputs.map(([name]) => name),
  )
  state.forEach((entry) => requireSameType(...entry))

  const results = [
    ...outputs,
    ...state.flatMap(([name, { next }]) => (next ? [[`next:${name}`, next] as const] : [])),
  ]
  if (results.length === 0)
    throw new RangeError('the program computes nothing: give it outputs or a next state')
  const simple = simplify(results.map(([, tensor]) => tensor))
  const graph = graphFile(target, trust)
  for (const port of ports.values()) graph.input(port.name, port.shape, port.dtype)
  const values = emitTensors(graph, simple, new Map([...ports.keys()].map((name) => [name, name])))
  results.forEach(([name, { shape, dtype }], index) => graph.output(name, values[index], shape, dtype))
  const mayOverwrite = overwritable(simple)
  const nextOf = new Map(results.map(([name], index) => [name, simple[index]]))
  return {
    bytes: modelBytes(graph.finish()),
    target,
    inputs,
    largest: computed(simple).reduce((most, { shape }) => Math.max(most, sizeOf(shape)), 0),
    outputs: outputs.map(([name, { shape, dtype }]) => ({ name, shape, dtype })),
    state: state.map(([name, { current, next, initial }]) => {
      const port = { name, shape: current.shape, dtype: current.dtype }
      const value = initial && checked(port, initial, 'state')
      const simpleNext = nextOf.get(`next:${name}`)
      const inPlace =
        target === 'cpu' &&
        simpleNext !== undefined &&
        mayOverwrite(portOf(current).name, simpleNext) &&
        trust(stateInPlace)
      return { ...port, input: portOf(current).name, initial: value, changes: next !== undefined, inPlace }
    }),
  }
}

/** The data of one input or state, checked against the port. */
export function checked(port: Port, value: Data | NdArray | undefined, role = 'input'): Data {
  if (value === undefined)
    throw new RangeError(`${role} '${port.name}' ${formatShape(port.shape)} is missing`)
  const data = 'shape' in value ? value.data : value
  const fits = 'shape' in value ? sameShape(value.shape, port.shape) : data.length === sizeOf(port.shape)
  if (!fits || dtypeOf(data) !== port.dtype) {
    const given = 'shape' in value ? formatShape(value.shape) : `${data.length} elements`
    throw new RangeError(
      `${role} '${port.name}' takes ${port.dtype} ${formatShape(port.shape)}, got ${dtypeOf(data)} ${given}`,
    )
  }
  return data
}

export const initialState = (port: StatePort): Data =>
  port.initial ? port.initial.slice() : allocate(port.dtype, sizeOf(port.shape))
