// Adaptive steps inside a graph: the control of adaptive-steps.ts and step-control.ts as tensors, time in float64.
import {
  abs,
  add,
  cast,
  constant,
  div,
  equal,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  loop,
  maximum,
  minimum,
  mul,
  pow,
  reshape,
  scalar,
  sub,
  where,
  type Tensor,
} from '@whitewater/tensor'
import { evaluateField, sameTime, type Field } from './field.ts'
import { errorOrder } from './initial-step.ts'
import { MOST_STEPS, type AdaptiveRequest, type GraphSolve } from './request.ts'
import { LARGEST_FACTOR, SAFETY, scaledNorm, SMALLEST_FACTOR } from './step-control.ts'
import { advance, increment, stageSlopes } from './step.ts'
import { isFirstSameAsLast, type EmbeddedTableau } from './tableau.ts'

type Request = AdaptiveRequest<GraphSolve> & { readonly method: EmbeddedTableau }

const isFinite = (value: Tensor): Tensor => lessEqual(abs(value), Number.MAX_VALUE)

/** `stepFactor` of a float64 error. */
export function stepFactorOf(error: Tensor, order: number): Tensor {
  const least = where(lessEqual(error, 1), scalar(1, 'float64'), SMALLEST_FACTOR)
  const wanted = maximum(div(SAFETY, pow(error, 1 / (order + 1))), least)
  return where(isFinite(error), minimum(wanted, LARGEST_FACTOR), SMALLEST_FACTOR)
}

/** `probeSize` of float64 norms. */
export const probeSizeOf = (d0: Tensor, d1: Tensor): Tensor =>
  where(less(minimum(d0, d1), 1e-5), scalar(1e-6, 'float64'), div(mul(0.01, d0), d1))

/** `initialSize` of float64 norms. */
export function initialSizeOf(probe: Tensor, d1: Tensor, d2: Tensor, order: number): Tensor {
  const largest = maximum(d1, d2)
  const flat = maximum(mul(probe, 1e-3), 1e-6)
  const size = where(lessEqual(largest, 1e-15), flat, pow(div(0.01, largest), 1 / (order + 1)))
  return minimum(mul(100, probe), size)
}

/** Numbers [...] of the dtype of x from float64 ones. */
const like = (x: Tensor, value: Tensor): Tensor => cast(reshape(value, [-1]), x.dtype)

interface Problem {
  readonly request: Request
  readonly field: Field
  readonly labels: Tensor | undefined
  /** [2], of the dtype of x. */
  readonly tolerances: Tensor
}

/** k1 and the size of the first step, as `begin` finds them: two evaluations. */
function first({ request, field, labels, tolerances }: Problem, x: Tensor) {
  const { method, from, to } = request
  const norm = (value: Tensor) => cast(scaledNorm(value, abs(x), tolerances), 'float64')
  const slopeAt = (t: Tensor, at: Tensor) => evaluateField(field, at, sameTime(like(x, t), x), labels)
  const slope = slopeAt(scalar(from, 'float64'), x)
  const d1 = norm(slope)
  const probe = minimum(probeSizeOf(norm(x), d1), Math.abs(to - from))
  const h = mul(probe, Math.sign(to - from))
  const second = slopeAt(add(h, from), advance(x, like(x, h), [1], [slope]))
  const d2 = norm(sub(second, slope))
  const size = where(isFinite(d2), initialSizeOf(probe, d1, div(d2, probe), errorOrder(method)), probe)
  return { slope, size }
}

/** Stage times [stages] of the step from t to `end`; those at the end are exactly there. */
function stageTimes({ nodes }: EmbeddedTableau, t: Tensor, h: Tensor, end: Tensor): Tensor {
  const last = Uint8Array.from(nodes, (c) => Number(c === 1))
  return where(constant(last), end, add(t, mul(h, constant(Float64Array.from(nodes)))))
}

interface Attempted {
  readonly x: Tensor
  readonly slope: Tensor
  readonly t: Tensor
  readonly size: Tensor
}

/** The state after one attempted step: it moves on only where the error is at most 1. */
function attempt(
  { request, field, labels, tolerances }: Problem,
  { x, slope, t, size }: Attempted,
): Attempted {
  const { method, from, to } = request
  const direction = Math.sign(to - from)
  const rest = sub(to, t)
  const reaches = lessEqual(abs(rest), size)
  const h = where(reaches, rest, mul(size, direction))
  const end = where(reaches, scalar(to, 'float64'), add(t, h))
  const inputs = { x, times: like(x, stageTimes(method, t, h, end)), h: like(x, h), labels }
  const slopes = stageSlopes(method, field, { ...inputs, ...(isFirstSameAsLast(method) && { first: slope }) })
  const next = advance(x, inputs.h, method.weights, slopes)
  const differences = method.weights.map((weight, i) => weight - method.embedded.weights[i])
  const change = increment(inputs.h, differences, slopes) ?? sub(x, x)
  const error = cast(scaledNorm(change, maximum(abs(x), abs(next)), tolerances), 'float64')
  const accepted = lessEqual(error, 1)
  return {
    x: where(accepted, next, x),
    slope: where(accepted, slopes[slopes.length - 1], slope),
    t: where(accepted, end, t),
    size: mul(abs(h), stepFactorOf(error, errorOrder(method))),
  }
}

/** x at `to` where the steps come to it, else not a number. */
export function adaptiveSolution(
  field: Field,
  x0: Tensor,
  labels: Tensor | undefined,
  request: Request,
): Tensor {
  const { from, to, relativeTolerance: rtol, absoluteTolerance: atol, maxSteps = MOST_STEPS } = request
  const tolerances = cast(constant(Float64Array.of(rtol, atol)), x0.dtype)
  const problem: Problem = { request, field, labels, tolerances }
  const start = first(problem, x0)
  const [x, , t] = loop({
    most: maxSteps,
    state: [x0, start.slope, scalar(from, 'float64'), start.size],
    body(_, [x, slope, t, size]) {
      const after = attempt(problem, { x, slope, t, size })
      const moves = logicalNot(equal(add(after.t, after.size), after.t))
      const goOn = logicalAnd(moves, logicalNot(equal(after.t, to)))
      return { next: [after.x, after.slope, after.t, after.size], goOn }
    },
  })
  return where(equal(t, to), x, scalar(NaN, x0.dtype))
}
