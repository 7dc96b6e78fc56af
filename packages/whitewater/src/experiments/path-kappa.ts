// kappa(S_t) over the whole path, from the covariance of samples (Eq. 6, 13).
import { flatten } from '../linalg/covariance.ts'
import { covarianceOf } from '../linalg/moments.ts'
import { eigenvaluesOf } from '../linalg/symmetric.ts'
import { pathConditions, type PathCondition } from '../metrics/conditioning.ts'
import type { Samples } from '../precondition/preconditioner.ts'

const TIMES = Array.from({ length: 41 }, (_, i) => i / 40)

export type PathPoint = PathCondition

/** kappa of S_t + delta I at 41 times from 0 to 1. */
export async function pathKappa(samples: Samples): Promise<PathPoint[]> {
  const { covariance } = await covarianceOf(flatten(samples))
  return pathConditions((await eigenvaluesOf(covariance)).values, TIMES)
}

export const largestKappa = (path: readonly PathPoint[]): number =>
  Math.max(...path.map(({ kappa }) => kappa))
