// Adaptive steps: a run computes one step and its error, and keeps the result only where the error is within tolerance.
import {
  abs,
  add,
  allocate,
  div,
  lessEqual,
  maximum,
  mean,
  mul,
  ndarray,
  sizeOf,
  sliceAxis,
  sqrt,
  square,
  sub,
  where,
  type Data,
  type NdArray,
  type Program,
  type ProgramSpec,
  type Tensor,
} from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { evaluateField, sameTime } from './field.ts'
import {
  checkFinite,
  dtypeOfSpec,
  H,
  K1,
  labelFeed,
  labelsInput,
  numbers,
  numbersInput,
  present,
  stateInput,
  TIMES,
  X,
  type Common,
  type Residents,
  type Solution,
  type SolverSpec,
} from './solver-program.ts'
import { initialSize, probeSize, stepFactor } from './step-control.ts'
import { advance, increment, stageSlopes } from './step.ts'
import { evaluationsPerStep, isFirstSameAsLast, type EmbeddedTableau } from './tableau.ts'

export interface AdaptiveRequest extends Common {
  readonly relativeTolerance: number
  readonly absoluteTolerance: number
  /** Attempted steps, rejected ones included, after which the solver gives up; 10,000 unless given. */
  readonly maxSteps?: number
}

export type AdaptiveSpec = SolverSpec & { readonly method: EmbeddedTableau }

const TOLERANCES = 'solver:tolerances'
const MOST_STEPS = 10_000

/** Root mean square over the whole batch of value / (atol + rtol size): []; tolerances [2] holds rtol and atol. */
function scaledNorm(value: Tensor, size: Tensor, tolerances: Tensor): Tensor {
  const scale = add(sliceAxis(tolerances, 0, 1, 1), mul(size, sliceAxis(tolerances, 0, 0, 1)))
  return sqrt(mean(square(div(value, scale))))
}

/** One attempted step: the state moves on only where the error it reports is at most 1. */
function attemptProgram(spec: AdaptiveSpec): ProgramSpec {
  const { method, field } = spec
  const x = stateInput(spec, X)
  const first = isFirstSameAsLast(method) ? stateInput(spec, K1) : undefined
  const times = numbersInput(spec, TIMES, method.nodes.length)
  const [h, tolerances] = [numbersInput(spec, H, 1), numbersInput(spec, TOLERANCES, 2)]
  const labels = labelsInput(spec)
  const slopes = stageSlopes(method, field, { x, times, h, labels, first })
  const next = advance(x, h, method.weights, slopes)
  const differences = method.weights.map((weight, i) => weight - method.embedded.weights[i])
  const size = maximum(abs(x), abs(next))
  const error = scaledNorm(increment(h, differences, slopes) ?? sub(x, x), size, tolerances)
  const accepted = lessEqual(error, 1)
  const keep = (after: Tensor, before: Tensor) => where(accepted, after, before)
  return {
    inputs: present(times, h, tolerances, labels),
    outputs: { error },
    state: {
      [X]: { current: x, next: keep(next, x) },
      ...(first && { [K1]: { current: first, next: keep(slopes[slopes.length - 1], first) } }),
    },
  }
}

/** The slope at x + h k1, with the scaled norms of x, of the slope, and of its difference to k1. */
function slopeProgram(spec: AdaptiveSpec): ProgramSpec {
  const [x, known] = [stateInput(spec, X), stateInput(spec, K1)]
  const [t, h, tolerances] = [
    numbersInput(spec, TIMES, 1),
    numbersInput(spec, H, 1),
    numbersInput(spec, TOLERANCES, 2),
  ]
  const labels = labelsInput(spec)
  const slope = evaluateField(spec.field, advance(x, h, [1], [known]), sameTime(t, x), labels)
  const norm = (value: Tensor) => scaledNorm(value, abs(x), tolerances)
  return {
    inputs: present(x, known, t, h, tolerances, labels),
    outputs: { slope, d0: norm(x), d1: norm(slope), d2: norm(sub(slope, known)) },
  }
}

type Feed = Readonly<Record<string, Data | NdArray>>

/** k1 and the size of the first step (positive): two evaluations. */
async function begin(
  program: Program,
  spec: AdaptiveSpec,
  x0: NdArray,
  request: AdaptiveRequest,
  feed: Feed,
) {
  const { from, to } = request
  const direction = Math.sign(to - from)
  const order = Math.min(spec.method.order, spec.method.embedded.order)
  const slopeAt = async (h: number, known: Data) => {
    const point = { [X]: x0, [K1]: known, [TIMES]: numbers(spec, [from + h]), [H]: numbers(spec, [h]) }
    const { slope, ...norms } = await program.run({ ...feed, ...point })
    const value = (name: 'd0' | 'd1' | 'd2') => Number(norms[name].data[0])
    return { slope, d0: value('d0'), d1: value('d1'), d2: value('d2') }
  }
  const first = await slopeAt(0, allocate(dtypeOfSpec(spec), sizeOf(spec.shape)))
  checkFinite(first.slope.data, from)
  const probe = Math.min(probeSize(first.d0, first.d1), Math.abs(to - from))
  const second = await slopeAt(direction * probe, first.slope.data)
  return { slope: first.slope.data, size: initialSize(probe, first.d1, second.d2 / probe, order) }
}

/** The step from t of at most `size`, cut to end exactly on `to`. */
function nextStep(t: number, size: number, to: number): { readonly h: number; readonly end: number } {
  const rest = to - t
  return size >= Math.abs(rest)
    ? { h: rest, end: to }
    : { h: Math.sign(rest) * size, end: t + Math.sign(rest) * size }
}

function checkProgress(
  t: number,
  size: number,
  attempts: number,
  error: number,
  request: AdaptiveRequest,
): void {
  const { maxSteps = MOST_STEPS, relativeTolerance: rtol, absoluteTolerance: atol } = request
  if (t + size === t || t - size === t) {
    const why = Number.isFinite(error) ? 'the field is not smooth there' : 'the field is not finite there'
    throw failureError(
      `the step size fell to ${size} at t = ${t}: ${why}, or the tolerances are too small for its dtype`,
    )
  }
  if (attempts >= maxSteps) {
    throw failureError(
      `${maxSteps} steps reached only t = ${t} of ${request.to} at relative tolerance ${rtol}, absolute ${atol}; raise maxSteps or the tolerances`,
    )
  }
}

/** The solver of a method with an embedded solution. */
export async function adaptiveSteps(spec: AdaptiveSpec, resident: Residents) {
  const { method } = spec
  const attempt = await resident.compile(attemptProgram(spec))
  const slope = await resident.compile(slopeProgram(spec))
  const order = Math.min(method.order, method.embedded.order)

  return async (x0: NdArray, request: AdaptiveRequest): Promise<Solution> => {
    const { from, to, relativeTolerance, absoluteTolerance } = request
    const feed = {
      [TOLERANCES]: numbers(spec, [relativeTolerance, absoluteTolerance]),
      ...labelFeed(request.labels),
    }
    const times = [from]
    const states: NdArray[] = [ndarray<Data>(x0.data.slice(), x0.shape)]
    let [t, attempts, rejected, error] = [from, 0, 0, 0]
    const start = from === to ? undefined : await begin(slope, spec, x0, request, feed)
    let size = start?.size ?? 0
    await attempt.writeState(X, x0.data)
    if (start && isFirstSameAsLast(method)) await attempt.writeState(K1, start.slope)
    while (t !== to) {
      checkProgress(t, size, attempts, error, request)
      const { h, end } = nextStep(t, size, to)
      const stageTimes = method.nodes.map((c) => (c === 1 ? end : t + c * h))
      const inputs = { [TIMES]: numbers(spec, stageTimes), [H]: numbers(spec, [h]) }
      error = Number((await attempt.run({ ...inputs, ...feed })).error.data[0])
      attempts++
      size = Math.abs(h) * stepFactor(error, order)
      if (!(error <= 1)) {
        rejected++
        continue
      }
      t = end
      if (request.trajectory) {
        times.push(t)
        states.push(ndarray(await attempt.readState(X), x0.shape))
      }
    }
    const x = await attempt.readState(X)
    checkFinite(x, to)
    return {
      x: ndarray(x, x0.shape),
      evaluations: (start ? 2 : 0) + attempts * evaluationsPerStep(method),
      accepted: attempts - rejected,
      rejected,
      ...(request.trajectory && { trajectory: { times, states } }),
    }
  }
}
