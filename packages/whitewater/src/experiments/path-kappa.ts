// kappa(S_t) over the whole path, from the covariance of samples (Eq. 6, 13).
import { measuredCondition } from '../metrics/conditioning.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import { pathCondition } from '../theory/gaussian.ts'

const TIMES = Array.from({ length: 41 }, (_, i) => i / 40)

export interface PathPoint {
  readonly t: number
  readonly kappa: number
}

/** kappa of S_t + delta I at 41 times from 0 to 1. */
export function pathKappa(samples: Samples): PathPoint[] {
  const { eigenvalues } = measuredCondition(samples)
  return TIMES.map((t) => ({ t, kappa: pathCondition(eigenvalues, t) }))
}

export const largestKappa = (path: readonly PathPoint[]): number =>
  Math.max(...path.map(({ kappa }) => kappa))
