// kappa(S_t) over the whole path, from the covariance of samples (Eq. 6, 13).
import { flatten } from '../linalg/covariance.ts'
import { covarianceOf } from '../linalg/moments.ts'
import { eigenvaluesOf } from '../linalg/symmetric.ts'
import { pathConditions, type PathCondition } from './conditioning.ts'
import type { Samples } from '../precondition/preconditioner.ts'

const TIMES = Array.from({ length: 41 }, (_, i) => i / 40)

export type PathPoint = PathCondition

/** Eigenvalues of the samples' covariance, descending, and kappa of S_t + delta I at 41 times from 0 to 1. */
export async function pathConditioning(samples: Samples) {
  const { covariance } = await covarianceOf(flatten(samples))
  const { values } = await eigenvaluesOf(covariance)
  return { spectrum: values, kappa: pathConditions(values, TIMES) }
}

/** kappa of S_t + delta I at 41 times from 0 to 1. */
export const pathKappa = async (samples: Samples): Promise<PathPoint[]> =>
  (await pathConditioning(samples)).kappa

export const largestKappa = (path: readonly PathPoint[]): number =>
  Math.max(...path.map(({ kappa }) => kappa))
