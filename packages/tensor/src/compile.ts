// From a traced program to one that runs: on a device, in this thread or in a worker, cached per shape.
import { dtypeOf, type Data, type NdArray } from './array.ts'
import { encode, type Model, type Program } from './program.ts'
import type { Reliance } from './reliance.ts'
import { chooseDevice, type Device } from './runtime/device.ts'
import { refuted } from './runtime/looks.ts'
import { loadProgram, type SessionOptions } from './runtime/session.ts'
import type { ProgramSpec } from './spec.ts'
import { input, type Tensor } from './tensor.ts'

export interface CompileOptions extends SessionOptions {
  /** 'cpu' unless given: no search for GPUs that nobody asked for, and the same bits on processors of one kind. */
  readonly device?: Device
  /** Where the session lives; this thread unless a worker's `load` is given. */
  readonly load?: (model: Model, options: SessionOptions) => Promise<Program>
}

/** Compiles a program. An explicit device that is unavailable is an error that says how to get it. */
export async function compile(spec: ProgramSpec, options: CompileOptions = {}): Promise<Program> {
  const { target } = await chooseDevice(options.device)
  const load = options.load ?? loadProgram
  const used = new Set<Reliance>()
  const model = encode(spec, target, (reliance) => {
    used.add(reliance)
    return true
  })
  const bad = await refuted(used, target, load)
  return load(bad.size === 0 ? model : encode(spec, target, (reliance) => !bad.has(reliance)), options)
}

/** Traces outputs from inputs of given shapes. */
export type Trace = (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>

export interface Traced {
  (inputs: Readonly<Record<string, NdArray>>): Promise<Record<string, NdArray>>
  dispose(): Promise<void>
}

/** A function of arrays whose program is traced and compiled once per combination of input shapes. */
export function traced(trace: Trace, options: CompileOptions = {}): Traced {
  const programs = new Map<string, Promise<Program>>()
  const programFor = (arrays: Readonly<Record<string, NdArray>>): Promise<Program> => {
    const names = Object.keys(arrays).sort()
    const key = names
      .map((name) => `${name}:${dtypeOf(arrays[name].data)}[${arrays[name].shape.join()}]`)
      .join(' ')
    const known = programs.get(key)
    if (known) return known
    const inputs = Object.fromEntries(
      names.map((name) => [name, input(name, arrays[name].shape, dtypeOf(arrays[name].data))]),
    )
    const program = compile({ inputs: Object.values(inputs), outputs: trace(inputs) }, options)
    programs.set(key, program)
    program.catch(() => programs.delete(key))
    return program
  }
  const call = async (arrays: Readonly<Record<string, NdArray>>) => (await programFor(arrays)).run(arrays)
  const dispose = async () => {
    const all = [...programs.values()]
    programs.clear()
    for (const program of all) await (await program).dispose()
  }
  return Object.assign(call, { dispose })
}

/** Values of tensors that depend on no input: for tests and small constants. */
export async function evaluate(
  tensors: Readonly<Record<string, Tensor>>,
  options: CompileOptions = {},
): Promise<Record<string, Data>> {
  const program = await compile({ outputs: tensors }, { device: 'cpu', ...options })
  const results = await program.run()
  await program.dispose()
  return Object.fromEntries(Object.entries(results).map(([name, array]) => [name, array.data]))
}
