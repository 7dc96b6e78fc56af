// A choice inside one program: ONNX's If, which computes only the branch that is taken.
import { sameShape } from '../array.ts'
import { madeInside, type Closure } from './closure.ts'
import { emitTensors } from '../emit.ts'
import type { Graph, NodeAttribute } from '../graph.ts'
import { formatShape, operation, requireDtype, type Tensor } from '../tensor.ts'

function emitBranch(graph: Graph, { names, results }: Closure, values: readonly string[]): NodeAttribute {
  return graph.inside([], (inner) => {
    const [value] = emitTensors(inner, results, new Map(names.map((name, at) => [name, values[at]])))
    const [{ shape, dtype }] = results
    return [{ value, shape, dtype }]
  })
}

/**
 * `taken()` where the condition, bool [], holds, else `otherwise()`: unlike `where`, only one of them is computed. Both
 * have the same shape and dtype. A branch has no gradient; it runs on the CPU where the device has no kernel for it.
 */
export function branch(condition: Tensor, taken: () => Tensor, otherwise: () => Tensor): Tensor {
  requireDtype('branch: condition', condition, ['bool'])
  if (condition.shape.length > 0)
    throw new RangeError(`branch: the condition is ${formatShape(condition.shape)}, expected []`)
  const [yes, no] = [taken, otherwise].map((build) => madeInside(() => [build()]))
  const [a] = yes.results
  const [b] = no.results
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) {
    throw new RangeError(
      `branch: one side is ${a.dtype} ${formatShape(a.shape)}, the other ${b.dtype} ${formatShape(b.shape)}`,
    )
  }
  const apply = operation<{ id: number }>('branch', {
    shape: () => a.shape,
    dtype: () => a.dtype,
    emit: (graph, [flag, ...values]) =>
      graph.node('If', [flag], {
        then_branch: emitBranch(graph, yes, values.slice(0, yes.captured.length)),
        else_branch: emitBranch(graph, no, values.slice(yes.captured.length)),
      }),
    gradient: () => {
      throw new RangeError('branch: has no gradient; use `where`')
    },
    inside: [a, b],
  })
  return apply([condition, ...yes.captured, ...no.captured], { id: yes.id })
}
