// How an adaptive method chooses its steps: Hairer, Norsett & Wanner (1993), II.4.
import { add, div, mean, mul, sliceAxis, sqrt, square, type Tensor } from '@whitewater/tensor'

export const SAFETY = 0.9
export const LARGEST_FACTOR = 10
export const SMALLEST_FACTOR = 0.2

/**
 * By how much the next step is longer than this one, from the error in units of the tolerance (at most 1: accepted) and
 * the lower of the two orders. After an accepted step never below 1; an error that is not finite gives the smallest factor.
 */
export function stepFactor(error: number, order: number): number {
  if (!Number.isFinite(error)) return SMALLEST_FACTOR
  if (error === 0) return LARGEST_FACTOR
  const factor = SAFETY / error ** (1 / (order + 1))
  return Math.min(LARGEST_FACTOR, Math.max(factor, error <= 1 ? 1 : SMALLEST_FACTOR))
}

/** The size of an explicit Euler step that changes x by a hundredth; d0, d1 are the scaled norms of x and of its slope. */
export const probeSize = (d0: number, d1: number): number =>
  d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1

/** The first step's size, from the probe's and the scaled norms d1, d2 of the first and second derivative. */
export function initialSize(probe: number, d1: number, d2: number, order: number): number {
  const largest = Math.max(d1, d2)
  const size = largest <= 1e-15 ? Math.max(1e-6, probe * 1e-3) : (0.01 / largest) ** (1 / (order + 1))
  return Math.min(100 * probe, size)
}

/** Root mean square over the whole batch of value / (atol + rtol size): []; tolerances [2] holds rtol and atol. */
export function scaledNorm(value: Tensor, size: Tensor, tolerances: Tensor): Tensor {
  const scale = add(sliceAxis(tolerances, 0, 1, 1), mul(size, sliceAxis(tolerances, 0, 0, 1)))
  return sqrt(mean(square(div(value, scale))))
}
