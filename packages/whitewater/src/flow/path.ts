// Probability paths x_t = alpha(t) x1 + sigma(t) x0 between noise x0 at t = 0 and data x1 at t = 1, as data.
import { add, mul, sub, type Operand, type Tensor } from '@whitewater/tensor'
import { perSample } from './field.ts'

/** Scalar functions of t and their derivatives; a number where they are constant. Another path is another record. */
export interface Path {
  readonly name: string
  /** Weight of the data: 0 at t = 0, 1 at t = 1. */
  readonly alpha: (t: Tensor) => Operand
  /** Weight of the noise: 1 at t = 0, 0 at t = 1. */
  readonly sigma: (t: Tensor) => Operand
  /** d alpha / dt. */
  readonly alphaRate: (t: Tensor) => Operand
  /** d sigma / dt. */
  readonly sigmaRate: (t: Tensor) => Operand
}

/** x_t = (1 - t) x0 + t x1 and u = x1 - x0 (Eq. 1). */
export const linearPath: Path = {
  name: 'linear',
  alpha: (t) => t,
  sigma: (t) => sub(1, t),
  alphaRate: () => 1,
  sigmaRate: () => -1,
}

const combine = (a: Operand, x1: Tensor, b: Operand, x0: Tensor): Tensor => {
  const broadcast = (weight: Operand) => (typeof weight === 'number' ? weight : perSample(weight, x1))
  return add(mul(x1, broadcast(a)), mul(x0, broadcast(b)))
}

/** x_t [n, ...features] from x0 and x1 of that shape and t [n]. */
export const pointOnPath = (path: Path, x0: Tensor, x1: Tensor, t: Tensor): Tensor =>
  combine(path.alpha(t), x1, path.sigma(t), x0)

/** The conditional velocity u = d x_t / dt given x0 and x1, [n, ...features]. */
export const conditionalVelocity = (path: Path, x0: Tensor, x1: Tensor, t: Tensor): Tensor =>
  combine(path.alphaRate(t), x1, path.sigmaRate(t), x0)
