// Gradient descent on the linear flow-matching loss (Theorem 3.3).
import { WhitewaterError } from '../errors.ts'

/** Gradient-descent steps that suffice to shrink the error by `epsilon`: (kappa + 1) / 2 ln(1 / epsilon) (Eq. 17). */
export function gradientDescentSteps(kappa: number, epsilon: number): number {
  if (!(kappa >= 1 && epsilon > 0 && epsilon < 1)) {
    throw new WhitewaterError(
      'usage',
      `got kappa ${kappa} and epsilon ${epsilon}, expected kappa >= 1 and 0 < epsilon < 1`,
    )
  }
  return ((kappa + 1) / 2) * Math.log(1 / epsilon)
}
