// A traced function as a value of its own: what it reads from outside becomes further parameters, so that it can be emitted
// inside another graph, and applied to other values.
import { simplify } from '../simplify.ts'
import { input, reachable, type Tensor } from '../tensor.ts'

export interface Closure {
  /** Tells closures apart. */
  readonly id: number
  /** The values from outside that it reads. */
  readonly captured: readonly Tensor[]
  /** Names of the inputs that stand for them. */
  readonly names: readonly string[]
  /** Computed from its parameters and those inputs alone. */
  readonly results: readonly Tensor[]
}

let made = 0

/** Constants stay inside: there they can still be simplified, and a file holds them once wherever they are used. */
function closed(results: readonly Tensor[], isOutside: (tensor: Tensor) => boolean): Closure {
  const id = made++
  const outside = (tensor: Tensor) => tensor.origin.kind !== 'constant' && isOutside(tensor)
  const order = reachable(results)
  const used = [...results, ...order.flatMap((tensor) => (outside(tensor) ? [] : tensor.inputs))]
  const captured = [...new Set(used.filter(outside))]
  const inputs = captured.map((x, at) => input(`closure ${id} captured ${at}`, x.shape, x.dtype))
  const substitutes = new Map(captured.map((x, at) => [x, inputs[at]]))
  const names = inputs.map((_, at) => `closure ${id} captured ${at}`)
  return { id, captured, names, results: simplify(results, substitutes) }
}

/** Captures all that does not depend on the parameters: a loop computes that once, outside. */
export function invariantsOutside(parameters: readonly Tensor[], results: readonly Tensor[]): Closure {
  const simple = simplify(results)
  const dependent = new Set(parameters)
  for (const tensor of reachable(simple))
    if (tensor.inputs.some((x) => dependent.has(x))) dependent.add(tensor)
  return closed(simple, (tensor) => !dependent.has(tensor))
}

/** Captures what was made before `build` ran: a branch computes all the rest inside, where it is skipped if not taken. */
export function madeInside(build: () => readonly Tensor[]): Closure {
  const start = input('start', []).id
  return closed(build(), (tensor) => tensor.id < start)
}
