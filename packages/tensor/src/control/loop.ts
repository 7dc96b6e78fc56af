// A loop inside one program: ONNX's Loop, whose body is a traced function of the iteration and a carried state.
import { sameShape } from '../array.ts'
import { invariantsOutside, type Closure } from './closure.ts'
import { emitTensors } from '../emit.ts'
import type { Graph } from '../graph.ts'
import { formatShape, input, operation, type Tensor } from '../tensor.ts'

export interface LoopSpec {
  /** Iterations, unless `goOn` ends them earlier: a whole number of at least 1. */
  readonly most: number
  /** Initial values. */
  readonly state: readonly Tensor[]
  /** The state after one iteration, of the same shapes and dtypes; it may read any tensor made outside. */
  readonly body: (iteration: Tensor, state: readonly Tensor[]) => LoopStep
}

export interface LoopStep {
  readonly next: readonly Tensor[]
  /** bool []: whether there is another iteration; true unless given. */
  readonly goOn?: Tensor
}

interface Body {
  readonly most: number
  readonly iteration: Tensor
  readonly state: readonly Tensor[]
  readonly closure: Closure
  /** Whether the last of the closure's results is `goOn`. */
  readonly decides: boolean
}

const nameOf = ({ origin }: Tensor): string => (origin.kind === 'input' ? origin.name : '')

function emitLoop(
  graph: Graph,
  values: readonly string[],
  { most, iteration, state, closure, decides }: Body,
) {
  const captured = values.slice(state.length)
  const flag = { shape: [], dtype: 'bool' } as const
  const body = graph.inside([iteration, flag, ...state], (inner, [count, condition, ...current]) => {
    const names = new Map([
      [nameOf(iteration), count],
      ...state.map((x, at) => [nameOf(x), current[at]] as const),
      ...closure.names.map((name, at) => [name, captured[at]] as const),
    ])
    const results = emitTensors(inner, closure.results, names)
    const next = state.map(({ shape, dtype }, at) => ({ value: results[at], shape, dtype }))
    return [{ ...flag, value: decides ? results[state.length] : condition }, ...next]
  })
  const count = graph.constant(BigInt64Array.of(BigInt(most)), [])
  return graph.nodes('Loop', [count, '', ...values.slice(0, state.length)], state.length, { body })
}

function checkStep(state: readonly Tensor[], { next, goOn }: LoopStep): void {
  const typeOf = ({ dtype, shape }: Tensor) => `${dtype} ${formatShape(shape)}`
  const bad = state.findIndex(
    (x, at) => next.at(at)?.dtype !== x.dtype || !sameShape(next[at].shape, x.shape),
  )
  if (next.length !== state.length || bad >= 0) {
    throw new RangeError(
      `loop: the state is ${state.map(typeOf).join(', ')}, its next value ${next.map(typeOf).join(', ')}`,
    )
  }
  if (goOn && (goOn.dtype !== 'bool' || goOn.shape.length > 0))
    throw new RangeError(`loop: goOn is ${typeOf(goOn)}, expected bool []`)
}

let loops = 0

/**
 * The state after the last iteration. The body's `iteration` is int64 [], from 0. What the body computes from outer values
 * alone is computed once, before. A loop has no gradient; it runs on the CPU where the device has no kernel for it (WebGPU).
 * @throws RangeError for a state that changes its type, or `most` that is no whole number of at least 1
 */
export function loop({ most, state, body }: LoopSpec): Tensor[] {
  if (!Number.isSafeInteger(most) || most < 1)
    throw new RangeError(`loop: ${most} iterations, expected a whole number of at least 1`)
  const id = loops++
  const iteration = input(`loop ${id} iteration`, [], 'int64')
  const current = state.map(({ shape, dtype }, at) => input(`loop ${id} state ${at}`, shape, dtype))
  const step = body(iteration, current)
  checkStep(state, step)
  const decides = step.goOn !== undefined
  const closure = invariantsOutside(
    [iteration, ...current],
    [...step.next, ...(step.goOn ? [step.goOn] : [])],
  )
  const record: Body = { most, iteration, state: current, closure, decides }
  const part = operation<{ id: number; part: number }>('loop', {
    shape: (_, { part: at }) => current[at].shape,
    dtype: (_, { part: at }) => current[at].dtype,
    // All parts of the state share one node.
    emit: (graph, values, _, { part: at }) =>
      graph.shared(`loop ${id} ${values.join()}`, () => emitLoop(graph, values, record))[at],
    gradient: () => {
      throw new RangeError('loop: has no gradient; differentiate inside its body, or unroll it')
    },
    inside: closure.results,
  })
  return current.map((_, at) => part([...state, ...closure.captured], { id, part: at }))
}
