// What a method can be asked for: steps of a fixed-step method, tolerances of an adaptive one; nothing is silently dropped.
import { usageError } from '../errors.ts'
import { isCount, type SolveRequest } from './solver-program.ts'
import type { Tableau } from './tableau.ts'

type Asked = Omit<SolveRequest, 'labels' | 'trajectory'>

export type FixedRequest<R extends Asked = SolveRequest> = R & Required<Pick<SolveRequest, 'steps'>>

export type AdaptiveRequest<R extends Asked = SolveRequest> = R &
  Required<Pick<SolveRequest, 'relativeTolerance' | 'absoluteTolerance'>>

/** Attempted steps of an adaptive method, unless a request says otherwise. */
export const MOST_STEPS = 10_000

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
