// Adaptive steps: a run computes one step and its error, and keeps the result only where the error is within tolerance.
import {
  abs,
  lessEqual,
  maximum,
  ndarray,
  sub,
  where,
  type Data,
  type NdArray,
  type Program,
  type ProgramSpec,
  type Tensor,
} from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import { begin, errorOrder, slopeProgram, type AdaptiveSpec } from './initial-step.ts'
import { adaptiveRequest, MOST_STEPS, type AdaptiveRequest } from './request.ts'
import type { Residents } from './resident-programs.ts'
import { checkFinite, type Solve } from './solution.ts'
import { present, solverFeed, solverInputs, stateNames, type Feed } from './solver-inputs.ts'
import { scaledNorm, stepFactor } from './step-control.ts'
import { advance, increment, stageSlopes } from './step.ts'
import { evaluationsPerStep, isFirstSameAsLast } from './tableau.ts'

/** One attempted step: the state moves on only where the error it reports is at most 1. */
function attemptProgram(spec: AdaptiveSpec): ProgramSpec {
  const { method, field } = spec
  const { x, slope, tolerances, labels, ...symbols } = solverInputs(spec)
  const first = isFirstSameAsLast(method) ? slope : undefined
  const times = symbols.times(method.nodes.length)
  const h = symbols.sizes(1)
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
      [stateNames.x]: { current: x, next: keep(next, x) },
      ...(first && { [stateNames.slope]: { current: first, next: keep(slopes[slopes.length - 1], first) } }),
    },
  }
}

/** The step from t of at most `size`, cut to end exactly on `to`. */
function nextStep(t: number, size: number, to: number): { readonly h: number; readonly end: number } {
  const rest = to - t
  return size >= Math.abs(rest)
    ? { h: rest, end: to }
    : { h: Math.sign(rest) * size, end: t + Math.sign(rest) * size }
}

function checkProgress({ t, size, error }: Progress, attempts: number, request: AdaptiveRequest): void {
  const { maxSteps = MOST_STEPS, relativeTolerance: rtol, absoluteTolerance: atol } = request
  if (t + size === t || t - size === t) {
    const why = Number.isFinite(error) ? 'the field is not smooth there' : 'the field is not finite there'
    throw failureError(
      `the step size fell to ${size.toPrecision(2)} at t = ${t.toPrecision(4)}: ${why}, or the tolerances are too small for its dtype`,
    )
  }
  if (attempts >= maxSteps) {
    throw failureError(
      `${maxSteps} steps reached only t = ${t.toPrecision(4)} of ${request.to} at relative tolerance ${rtol}, absolute ${atol}; raise the tolerances, or maxSteps`,
    )
  }
}

/** The state between two attempts. */
interface Progress {
  readonly t: number
  /** Next attempt's size, positive. */
  readonly size: number
  /** Last attempt's error in units of the tolerance. */
  readonly error: number
}

type Attempt = (progress: Progress, to: number) => Promise<Progress>

/** Attempts one step; t stays where it is when the step is rejected. */
function attempter(spec: AdaptiveSpec, program: Program, feed: Feed): Attempt {
  const { method } = spec
  return async ({ t, size }, to) => {
    const { h, end } = nextStep(t, size, to)
    const times = method.nodes.map((c) => (c === 1 ? end : t + c * h))
    const { error } = await program.run({ ...feed, ...solverFeed(spec, { times, sizes: [h] }) })
    const value = Number(error.data[0])
    // The same number decided in the program whether the state moves on.
    return {
      t: value <= 1 ? end : t,
      size: Math.abs(h) * stepFactor(value, errorOrder(method)),
      error: value,
    }
  }
}

/** The solver of a method with an embedded solution. */
export async function adaptiveSteps(spec: AdaptiveSpec, resident: Residents): Promise<Solve> {
  const program = await resident.compile(attemptProgram(spec))
  const slope = await resident.compile(slopeProgram(spec))
  return async (x0, given) => {
    const request = adaptiveRequest(spec.method, given)
    const { from, to, relativeTolerance, absoluteTolerance, labels, trajectory } = request
    const feed = solverFeed(spec, { tolerances: [relativeTolerance, absoluteTolerance], labels })
    const attempt = attempter(spec, program, feed)
    const start = from === to ? undefined : await begin(slope, spec, x0, request, feed)
    await program.writeState(stateNames.x, x0.data)
    if (start && isFirstSameAsLast(spec.method)) await program.writeState(stateNames.slope, start.slope)
    const times = [from]
    const states: NdArray[] = [ndarray<Data>(x0.data.slice(), x0.shape)]
    let attempts = 0
    let accepted = 0
    let progress: Progress = { t: from, size: start?.size ?? 0, error: 0 }
    while (progress.t !== to) {
      checkProgress(progress, attempts++, request)
      progress = await attempt(progress, to)
      if (!(progress.error <= 1)) continue
      accepted++
      if (!trajectory) continue
      times.push(progress.t)
      states.push(ndarray(await program.readState(stateNames.x), x0.shape))
    }
    const x = await program.readState(stateNames.x)
    checkFinite(x, to)
    const evaluations = (start ? 2 : 0) + attempts * evaluationsPerStep(spec.method)
    const counts = { evaluations, accepted, rejected: attempts - accepted }
    return { x: ndarray(x, x0.shape), ...counts, ...(trajectory && { trajectory: { times, states } }) }
  }
}
