// The exact linear velocity of a Gaussian along one eigen-direction of variance lambda, on any path x_t = alpha x1 + sigma x0 (Prop. 3.1,
// docs/preconditioners.md). With r = x_t - alpha m and u = alpha' x1 + sigma' x0, per direction:
//   s     = Var r          = sigma^2 + alpha^2 lambda
//   a     = Cov(u, r) / s  = (alpha' alpha lambda + sigma' sigma) / s
//   c_in  = s^-1/2
//   c_out = Var(u | x_t)^1/2 = |alpha' sigma - sigma' alpha| (lambda / s)^1/2,
// since Var u Var r - Cov(u, r)^2 = (alpha' sigma - sigma' alpha)^2 lambda.
// In float32 all four are good to a few roundings at any condition number: s adds what is positive, c_out is a product, and a
// cancels only where it passes through zero. Forms that subtract, such as Var u - Cov^2 / s, are not.
import {
  abs,
  add,
  div,
  mul,
  reshape,
  scalar,
  sqrt,
  square,
  sub,
  type Operand,
  type Tensor,
} from '@whitewater/tensor'
import type { Path } from '../../flow/path.ts'

/** A path's weights and their rates, [n, 1] or [] each. */
export interface Weights {
  readonly alpha: Tensor
  readonly sigma: Tensor
  readonly alphaRate: Tensor
  readonly sigmaRate: Tensor
}

/** A path at times t [n]. */
export function weightsAt({ alpha, sigma, alphaRate, sigmaRate }: Path, t: Tensor): Weights {
  const column = (weight: Operand): Tensor =>
    typeof weight === 'number' ? scalar(weight, t.dtype) : reshape(weight, [-1, 1])
  return {
    alpha: column(alpha(t)),
    sigma: column(sigma(t)),
    alphaRate: column(alphaRate(t)),
    sigmaRate: column(sigmaRate(t)),
  }
}

export interface Coefficients {
  /** s, [n, d]. */
  readonly variance: Tensor
  /** a, per unit of time. */
  readonly rate: Tensor
  /** s^1/2 = 1 / c_in. */
  readonly deviation: Tensor
  /** c_out. */
  readonly spread: Tensor
}

/** Coefficients at variance lambda, [n, d] or [1, d]. */
export function coefficientsOf(weights: Weights, lambda: Tensor): Coefficients {
  const { alpha, sigma, alphaRate, sigmaRate } = weights
  const variance = add(square(sigma), mul(square(alpha), lambda))
  const deviation = sqrt(variance)
  const turn = abs(sub(mul(alphaRate, sigma), mul(sigmaRate, alpha)))
  return {
    variance,
    deviation,
    rate: div(add(mul(mul(alphaRate, alpha), lambda), mul(sigmaRate, sigma)), variance),
    spread: div(mul(turn, sqrt(lambda)), deviation),
  }
}
