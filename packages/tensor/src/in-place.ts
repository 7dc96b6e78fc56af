// Which state a run may write over. An optimizer's moments then take one buffer instead of two, and a pass over them touches two
// thirds of the memory.
import type { Look } from './look.ts'
import { add, sub } from './operations/elementwise.ts'
import type { Reliance } from './reliance.ts'
import { computed, input, type Tensor } from './tensor.ts'

/** ONNX Runtime takes one buffer as an input and an output of a run, without a word on whether it may. */
export const stateInPlace: Reliance = {
  name: 'state updated in place',
  instead: 'two buffers for each state',
}

export const stateLook: Look = {
  reliance: stateInPlace,
  compare() {
    const shape = [64]
    const over = input('over', shape)
    const beside = input('beside', shape)
    const first = input('first', shape)
    const second = input('second', shape)
    const sums = Float32Array.from({ length: 64 }, (_, i) => i)
    const differences = Float32Array.from({ length: 64 }, (_, i) => 3 * i + 1)
    const partial = add(over, first)
    const whole = sub(first, second)
    return {
      spec: {
        inputs: [first, second],
        outputs: { 'relied:state': partial, 'promised:state': add(beside, first) },
        state: {
          over: { current: over, next: sub(partial, second) },
          // The last operation reads the state itself, which keeps it from being overwritten.
          beside: { current: beside, next: add(beside, whole) },
        },
      },
      runs: [1, 2, 3].map((run) => ({
        first: sums.map((value) => value * run),
        second: differences,
      })),
    }
  },
}

/** Whether `result` is computed from `part`. */
function needs(result: Tensor, part: Tensor): boolean {
  const seen = new Set<Tensor>()
  const stack = [...result.inputs]
  for (let tensor = stack.pop(); tensor !== undefined; tensor = stack.pop()) {
    if (tensor === part) return true
    if (seen.has(tensor)) continue
    seen.add(tensor)
    // A state's past usually comes first (mean * beta + gradient): there the search ends soon.
    stack.push(...[...tensor.inputs].reverse())
  }
  return false
}

/**
 * Whether the value `next` may lie where the input `name` does, in a program of these results: everything that reads the input
 * has run before `next` is written, since `next` needs it.
 */
export function overwritable(results: readonly Tensor[]): (name: string, next: Tensor) => boolean {
  const readers = new Map<string, Tensor[]>()
  for (const tensor of computed(results)) {
    for (const { origin } of tensor.inputs)
      if (origin.kind === 'input') readers.set(origin.name, [...(readers.get(origin.name) ?? []), tensor])
  }
  const handedOn = new Set(results.map(({ origin }) => (origin.kind === 'input' ? origin.name : undefined)))
  return (name, next) =>
    !handedOn.has(name) &&
    (readers.get(name) ?? []).every(
      (reader) => reader.origin.kind === 'operation' && reader.origin.copies && needs(next, reader),
    )
}
