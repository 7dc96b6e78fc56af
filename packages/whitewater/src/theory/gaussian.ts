// Exact flow matching between N(0, I) and N(0, Sigma) (SPEC.md section 2, Prop. 3.1).
import { conditionOf } from '../linalg/roots.ts'

/** lambda_j(S_t) = (1 - t)^2 + t^2 lambda_j (Eq. 6) for the eigenvalues lambda [d] of the data's covariance. */
export const pathEigenvalues = (eigenvalues: Float64Array, t: number): Float64Array =>
  eigenvalues.map((lambda) => (1 - t) ** 2 + t ** 2 * lambda)

/** kappa(S_t) (Eq. 13) from the descending eigenvalues of the data's covariance; Infinity at t = 1 when it is singular. */
export const pathCondition = (eigenvalues: Float64Array, t: number): number =>
  conditionOf(pathEigenvalues(eigenvalues, t))
