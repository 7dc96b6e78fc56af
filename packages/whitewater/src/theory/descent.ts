// Gradient descent on the linear flow-matching loss: its errors shrink mode by mode (Theorem 3.3, Prop. 3.5, Cor. F.3.2). Modes are the
// eigendirections of S_t; `eigenvalues` are lambda_j(S_t), descending, [d].
import { usageError } from '../errors.ts'
import { combine, matrix, type Matrix } from '../linalg/matrix.ts'
import { multiply, multiplyTransposed } from '../linalg/product.ts'
import { checkCount, checkFraction, checkPositive, checkShape } from './check.ts'
import {
  crossCovariance,
  errorByDirection,
  pathCovariance,
  pathEigenvalues,
  squaredColumns,
  velocityMatrix,
  type Gaussian,
} from './gaussian.ts'

/** Gradient-descent steps that suffice to shrink the error by `epsilon`: (kappa + 1) / 2 ln(1 / epsilon) (Eq. 17, 94). */
export function gradientDescentSteps(kappa: number, epsilon: number): number {
  if (!(kappa >= 1 && epsilon > 0 && epsilon < 1)) {
    throw usageError(`got kappa ${kappa} and epsilon ${epsilon}, expected kappa >= 1 and 0 < epsilon < 1`)
  }
  return ((kappa + 1) / 2) * Math.log(1 / epsilon)
}

/** Steps that shrink an error by `epsilon` when each multiplies it by `contraction`: ceil(ln epsilon / ln contraction); Infinity from 1 on. */
export function exactSteps(contraction: number, epsilon: number): number {
  checkFraction('epsilon', epsilon)
  if (!(contraction >= 0)) throw usageError(`got contraction = ${contraction}, expected a number >= 0`)
  if (contraction >= 1) return Infinity
  const steps = Math.log(epsilon) / Math.log(contraction)
  // A quotient that rounding lifts just above an integer is that integer.
  return Math.max(1, Math.ceil(steps * (1 - 1e-14)))
}

/** Steps of any fixed size converge if and only if 0 < eta < 1 / lambda_max (Theorem 3.3). */
export const stepSizeLimit = (eigenvalues: Float64Array): number => 1 / eigenvalues[0]

/** eta* = 1 / (lambda_min + lambda_max), the best fixed step (Theorem 3.3). */
export const bestStepSize = (eigenvalues: Float64Array): number =>
  1 / (eigenvalues[eigenvalues.length - 1] + eigenvalues[0])

/** (kappa - 1) / (kappa + 1), by which a step of the best size shrinks the slowest mode (Theorem 3.3). */
export function bestContraction(kappa: number): number {
  if (!(kappa >= 1)) throw usageError(`got kappa = ${kappa}, expected kappa >= 1`)
  return kappa === Infinity ? 1 : (kappa - 1) / (kappa + 1)
}

/** Eigenvalues 2 w(t) lambda_j of the Hessian of the reweighted loss w(t) L_t, each d-fold (Cor. F.3.2): w leaves kappa as it is. */
export function hessianEigenvalues(eigenvalues: Float64Array, weight = 1): Float64Array {
  checkPositive('weight', weight)
  return eigenvalues.map((lambda) => 2 * weight * lambda)
}

/** @throws WhitewaterError (usage) for a step outside (0, 1 / (w lambda_max)), from where errors grow */
function checkStepSize(eigenvalues: Float64Array, stepSize: number, weight = 1): void {
  const limit = 2 / hessianEigenvalues(eigenvalues, weight)[0]
  if (!(stepSize > 0 && stepSize < limit)) {
    throw usageError(
      `got step size ${stepSize}, expected 0 < step size < ${limit} = 1 / (w lambda_max): other steps do not converge`,
    )
  }
}

/**
 * 1 - 2 eta w lambda_j, [d]: what one step multiplies the error of each mode by, sign included (Eq. 16; Cor. F.3.2 for a weight w, 1
 * unless given). Also that of SGD in the conditional mean (Prop. 3.5).
 * @throws as `checkStepSize`
 */
export function errorFactors(eigenvalues: Float64Array, stepSize: number, weight = 1): Float64Array {
  checkStepSize(eigenvalues, stepSize, weight)
  return hessianEigenvalues(eigenvalues, weight).map((curvature) => 1 - stepSize * curvature)
}

/** |1 - 2 eta w lambda_j|, [d]: by how much one step shrinks each mode. @throws as `checkStepSize` */
export const contractionFactors = (eigenvalues: Float64Array, stepSize: number, weight = 1): Float64Array =>
  errorFactors(eigenvalues, stepSize, weight).map(Math.abs)

/** Steps after which the error of each mode has shrunk by `epsilon`, [d]; its largest is the slowest mode's. @throws as `checkStepSize` */
export const stepsByMode = (eigenvalues: Float64Array, stepSize: number, epsilon: number): Float64Array =>
  contractionFactors(eigenvalues, stepSize).map((contraction) => exactSteps(contraction, epsilon))

export interface Descent {
  /** A_0, [d, d]. */
  readonly start: Matrix
  /** eta, within (0, 1 / lambda_max(S_t)). */
  readonly stepSize: number
  /** k >= 0. */
  readonly steps: number
}

const checkedModes = ({ eigen }: Gaussian, t: number, { stepSize, steps }: Descent): Float64Array => {
  checkCount('steps', steps)
  const modes = pathEigenvalues(eigen.values, t)
  checkStepSize(modes, stepSize)
  return modes
}

/**
 * E_k Q after k steps, [d, d]: column j is (1 - 2 eta lambda_j)^k times the initial error (A_0 - A*_t) q_j (Eq. 16). For SGD with unbiased
 * gradients it is the mean over its runs (Prop. 3.5, by iterated expectation).
 * @throws WhitewaterError (usage) for t outside [0, 1], an inadmissible step size or shapes that do not fit
 */
export function errorAfter(gaussian: Gaussian, t: number, descent: Descent): Matrix {
  const initial = errorByDirection(gaussian, t, descent.start)
  const factors = errorFactors(checkedModes(gaussian, t, descent), descent.stepSize)
  const powers = factors.map((factor) => factor ** descent.steps)
  return matrix(
    initial.rows,
    initial.columns,
    initial.data.map((value, index) => value * powers[index % powers.length]),
  )
}

/** |E_k q_j| for k = 0 .. steps, [steps + 1, d], as `errorAfter` has it (Eq. 16). @throws as `errorAfter` */
export function errorCurves(gaussian: Gaussian, t: number, descent: Descent): Matrix {
  const initial = squaredColumns(errorByDirection(gaussian, t, descent.start)).map(Math.sqrt)
  const factors = contractionFactors(checkedModes(gaussian, t, descent), descent.stepSize)
  const curves = matrix(descent.steps + 1, initial.length)
  return {
    ...curves,
    data: curves.data.map((_, index) => {
      const k = Math.floor(index / initial.length)
      const j = index % initial.length
      return initial[j] * factors[j] ** k
    }),
  }
}

/** A_k in closed form, A*_t + (A_0 - A*_t) (I - 2 eta S_t)^k (Eq. 16), [d, d]. @throws as `errorAfter` */
export const descentIterate = (gaussian: Gaussian, t: number, descent: Descent): Matrix =>
  combine(
    1,
    velocityMatrix(gaussian, t),
    1,
    multiplyTransposed(errorAfter(gaussian, t, descent), gaussian.eigen.vectors),
  )

/** A_0, A_1, ..., A_steps by the recursion A - 2 eta (A S_t - C_t) (Theorem 3.3). @throws as `errorAfter`, at the first iterate */
export function* descentIterates(gaussian: Gaussian, t: number, descent: Descent): Generator<Matrix, void> {
  const { start, stepSize, steps } = descent
  checkedModes(gaussian, t, descent)
  const s = pathCovariance(gaussian, t)
  const c = crossCovariance(gaussian, t)
  checkShape('A', start, s.rows)
  let a = start
  yield a
  for (let k = 0; k < steps; k++) {
    a = combine(1, a, -2 * stepSize, combine(1, multiply(a, s), -1, c))
    yield a
  }
}
