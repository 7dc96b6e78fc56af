// A whole ODE solve as one tensor: dx/dt = v(x, t, y) by the methods of solvers.ts, for graphs that hold their solver inside.
import { constant, gather, loop, type Tensor } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { adaptiveSolution } from './adaptive-graph.ts'
import type { Field } from './field.ts'
import { gridSteps } from './fixed-steps.ts'
import { adaptiveRequest, fixedRequest, type GraphSolve } from './request.ts'
import { stepOnce } from './step.ts'
import { isAdaptive } from './tableau.ts'

/** Numbers as the solver's programs are given them: rounded to the dtype of x on the host. */
const table = (x: Tensor, values: readonly number[], shape: readonly number[]): Tensor =>
  constant(x.dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values), shape)

function fixedSolution(field: Field, x: Tensor, labels: Tensor | undefined, request: GraphSolve): Tensor {
  const { method, ...span } = fixedRequest(request.method, request)
  const { times, sizes } = gridSteps(method, span)
  const ts = table(x, times, [span.steps, method.nodes.length])
  const hs = table(x, sizes, [span.steps, 1])
  const [end] = loop({
    most: span.steps,
    state: [x],
    body: (k, [h]) => ({
      next: [stepOnce(method, field, { x: h, times: gather(ts, k), h: gather(hs, k), labels })],
    }),
  })
  return end
}

/**
 * x at `to`, [n, ...features], from x at `from`: what a compiled solver gives for the same request, as one loop inside the
 * graph, so that it costs no memory for its steps and holds the field's weights once. It has no gradient. Where an adaptive
 * method cannot reach `to` (maxSteps, or steps too small for float64) the result is not a number.
 * @throws WhitewaterError (usage) for a request that the method cannot honour
 */
export function solvedInGraph(
  field: Field,
  x: Tensor,
  labels: Tensor | undefined,
  request: GraphSolve,
): Tensor {
  const { method, from, to } = request
  for (const t of [from, to])
    if (!(t >= 0 && t <= 1)) throw usageError(`cannot integrate from ${from} to ${to}: times lie in [0, 1]`)
  if (!isAdaptive(method)) return fixedSolution(field, x, labels, request)
  const checked = adaptiveRequest(method, request)
  return from === to ? x : adaptiveSolution(field, x, labels, { ...checked, method })
}
