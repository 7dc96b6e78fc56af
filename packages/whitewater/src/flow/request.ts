// What a method can be asked for: steps of a fixed-step method, tolerances of an adaptive one; nothing is silently dropped.
import type { NdArray } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import type { Tableau } from './tableau.ts'

/** What is solved for: the end of a path that begins at x0. */
export interface Span {
  /** In [0, 1], as `to`. */
  readonly from: number
  readonly to: number
  /** int32 [n]; required by a solver compiled with labels. */
  readonly labels?: NdArray
}

/** What to integrate, forwards or backwards. A fixed-step method takes `steps`; an adaptive one both tolerances, and `maxSteps` if you like. */
export interface SolveRequest extends Span {
  /** Steps of equal size, at least 1. */
  readonly steps?: number
  /** The error is the root mean square over the whole batch of error / (atol + rtol max(|x|, |x'|)). */
  readonly relativeTolerance?: number
  readonly absoluteTolerance?: number
  /** Attempted steps, rejected ones included, after which an adaptive method gives up; 10,000 unless given. */
  readonly maxSteps?: number
  /** Also return every state the solver steps through. */
  readonly trajectory?: boolean
}

type Asked = Omit<SolveRequest, 'labels' | 'trajectory'>

/** A request for a solve inside a graph: `steps` of a fixed-step method, or both tolerances of an adaptive one. */
export interface GraphSolve extends Asked {
  readonly method: Tableau
}

export type FixedRequest<R extends Asked = SolveRequest> = R & Required<Pick<SolveRequest, 'steps'>>

export type AdaptiveRequest<R extends Asked = SolveRequest> = R &
  Required<Pick<SolveRequest, 'relativeTolerance' | 'absoluteTolerance'>>

/** Attempted steps of an adaptive method, unless a request says otherwise. */
export const MOST_STEPS = 10_000

export const isCount = (value: number | undefined): value is number =>
  value !== undefined && Number.isSafeInteger(value) && value >= 1

/** @throws WhitewaterError (usage) for tolerances, or a number of steps that is none */
export function fixedRequest<R extends Asked>({ name }: Tableau, request: R): FixedRequest<R> {
  const { steps, relativeTolerance, absoluteTolerance, maxSteps } = request
  if ((relativeTolerance ?? absoluteTolerance ?? maxSteps) !== undefined) {
    throw usageError(
      `${name} takes fixed steps and cannot keep a tolerance; give steps, or take an adaptive method`,
    )
  }
  if (!isCount(steps)) throw usageError(`${name} got ${steps} steps, expected a positive integer`)
  return { ...request, steps }
}

const isTolerance = (value: number | undefined): value is number =>
  value !== undefined && value >= 0 && value < Infinity

/** @throws WhitewaterError (usage) for steps, or tolerances that are none */
export function adaptiveRequest<R extends Asked>({ name }: Tableau, request: R): AdaptiveRequest<R> {
  const { steps, relativeTolerance: rtol, absoluteTolerance: atol, maxSteps = MOST_STEPS } = request
  if (steps !== undefined) {
    throw usageError(
      `${name} chooses its own steps; give tolerances instead of steps, or take a fixed-step method`,
    )
  }
  if (!isTolerance(rtol) || !isTolerance(atol) || rtol + atol === 0) {
    throw usageError(
      `${name} got relative tolerance ${rtol} and absolute ${atol}; expected both, not negative and not both 0`,
    )
  }
  if (!isCount(maxSteps)) throw usageError(`maxSteps is ${maxSteps as number}, expected a positive integer`)
  return { ...request, relativeTolerance: rtol, absoluteTolerance: atol, maxSteps }
}
