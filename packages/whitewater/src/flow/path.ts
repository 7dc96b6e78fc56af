// Probability paths x_t = alpha(t) x1 + sigma(t) x0 between noise x0 at t = 0 and data x1 at t = 1, as data.
import { sub, type Operand, type Tensor } from '@whitewater/tensor'
import { minus, times, weightedSum } from './scalar.ts'

/** Scalar functions of t and their derivatives; a number where they are constant. Another path is another record. */
export interface Path {
  readonly name: string
  /** Weight of the data: 0 at t = 0, 1 at t = 1 (to 1e-6 where the rate of sigma has no bound there). */
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

/** x_t [n, ...features] from x0 and x1 of that shape and t [n]. */
export const pointOnPath = (path: Path, x0: Tensor, x1: Tensor, t: Tensor): Tensor =>
  weightedSum(path.alpha(t), x1, path.sigma(t), x0)

/** The conditional velocity u = d x_t / dt given x0 and x1, [n, ...features]. */
export const conditionalVelocity = (path: Path, x0: Tensor, x1: Tensor, t: Tensor): Tensor =>
  weightedSum(path.alphaRate(t), x1, path.sigmaRate(t), x0)

/**
 * D = alpha' sigma - alpha sigma', the determinant by which x_t and its velocity give x0 and x1 back; alpha sigma / 2 times the
 * rate of log SNR. Positive while the signal-to-noise ratio grows.
 */
export const pathDeterminant = (path: Path, t: Tensor): Operand =>
  minus(times(path.alphaRate(t), path.sigma(t)), times(path.alpha(t), path.sigmaRate(t)))
