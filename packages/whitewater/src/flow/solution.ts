// What a solve gives: the state at the end, what it cost, and the states on the way where they are asked for.
import type { Data, NdArray } from '@whitewater/tensor'
import { failureError } from '../errors.ts'
import type { SolveRequest } from './request.ts'

export interface Trajectory {
  /** From `from` to `to`, both included. */
  readonly times: readonly number[]
  readonly states: readonly NdArray[]
}

export interface Solution {
  readonly x: NdArray
  /** Evaluations of the field, every one counted. */
  readonly evaluations: number
  readonly accepted: number
  readonly rejected: number
  readonly trajectory?: Trajectory
}

export type Solve = (x0: NdArray, request: SolveRequest) => Promise<Solution>

/** Throws a WhitewaterError where x holds something that is not a finite number. */
export function checkFinite(x: Data, t: number): void {
  for (const value of x) {
    if (!Number.isFinite(Number(value))) {
      throw failureError(
        `the state is not finite at t = ${t}; the field diverges there, or the steps are too large: take more steps`,
      )
    }
  }
}
