// The exact flow between N(0, I) and N(m, Sigma): velocity, score, density, and the map that the ODE dx/dt = v(x, t) integrates to
// (Prop. 3.1, appendix D).
import { usageError } from '../errors.ts'
import type { Matrix } from '../linalg/matrix.ts'
import { checkPoint, checkTime } from './check.ts'
import { pathEigenvalues, spectral, velocityEigenvalues, type Gaussian } from './gaussian.ts'

/** r = Q^T (x - t m): the point in the eigenbasis, centred. */
function eigenCoordinates({ mean, eigen }: Gaussian, t: number, x: ArrayLike<number>): Float64Array {
  checkTime(t)
  const d = mean.length
  checkPoint(x, d)
  const r = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    const centred = x[i] - t * mean[i]
    for (let j = 0; j < d; j++) r[j] += eigen.vectors.data[i * d + j] * centred
  }
  return r
}

/** scale m + Q r: back from the eigenbasis. */
function fromEigenCoordinates({ mean, eigen }: Gaussian, scale: number, r: Float64Array): Float64Array {
  const d = mean.length
  return mean.map((value, i) => {
    let sum = scale * value
    for (let j = 0; j < d; j++) sum += eigen.vectors.data[i * d + j] * r[j]
    return sum
  })
}

/** v*(x, t) = m + A*_t (x - t m) at a point x [d] (Eq. 7), [d]. @throws WhitewaterError (usage) for t outside [0, 1] or another d */
export function gaussianVelocity(gaussian: Gaussian, t: number, x: ArrayLike<number>): Float64Array {
  const r = eigenCoordinates(gaussian, t, x)
  const a = velocityEigenvalues(gaussian.eigen.values, t)
  return fromEigenCoordinates(
    gaussian,
    1,
    r.map((value, j) => a[j] * value),
  )
}

/** grad log p_t(x) = -S_t^{-1} (x - t m) at a point x [d], [d]. @throws as `gaussianVelocity` */
export function gaussianScore(gaussian: Gaussian, t: number, x: ArrayLike<number>): Float64Array {
  const r = eigenCoordinates(gaussian, t, x)
  const s = pathEigenvalues(gaussian.eigen.values, t)
  return fromEigenCoordinates(
    gaussian,
    0,
    r.map((value, j) => -value / s[j]),
  )
}

/** ln p_t(x) of x_t ~ N(t m, S_t) at a point x [d]. @throws as `gaussianVelocity` */
export function gaussianLogDensity(gaussian: Gaussian, t: number, x: ArrayLike<number>): number {
  const r = eigenCoordinates(gaussian, t, x)
  const s = pathEigenvalues(gaussian.eigen.values, t)
  return r.reduce((sum, value, j) => sum - (value ** 2 / s[j] + Math.log(2 * Math.PI * s[j])) / 2, 0)
}

/**
 * The velocity that a score implies: v(x, t) = x / t + (1 - t) / t score(x, t), for data of any law and Gaussian noise; t in (0, 1].
 * @throws WhitewaterError (usage) for t outside (0, 1] or lengths that differ
 */
export function velocityFromScore(x: ArrayLike<number>, score: ArrayLike<number>, t: number): Float64Array {
  checkTime(t)
  if (t === 0)
    throw usageError('got t = 0, where the score does not determine the velocity; expected 0 < t <= 1')
  if (score.length !== x.length)
    throw usageError(`the score has ${score.length} entries and x has ${x.length}, expected as many`)
  return Float64Array.from(x, (value, i) => (value + (1 - t) * score[i]) / t)
}

export interface Interval {
  /** Where the flow starts; 0, the noise, unless given. */
  readonly from?: number
  /** Where it ends. May be earlier than `from`. */
  readonly to: number
}

/** Singular values of the flow map, (lambda_j(S_to) / lambda_j(S_from))^{1/2}. */
function stretches({ eigen }: Gaussian, { from = 0, to }: Interval): Float64Array {
  checkTime(from, 'from')
  checkTime(to, 'to')
  const start = pathEigenvalues(eigen.values, from)
  return pathEigenvalues(eigen.values, to).map((s, j) => Math.sqrt(s / start[j]))
}

/**
 * The Jacobian S_to^{1/2} S_from^{-1/2} of the flow of dx/dt = v*(x, t), [d, d], symmetric; S_t^{1/2} from the noise.
 * @throws WhitewaterError (usage) for times outside [0, 1]
 */
export const flowMap = (gaussian: Gaussian, interval: Interval): Matrix =>
  spectral(gaussian.eigen, stretches(gaussian, interval))

/** Where the flow takes a point x [d]: to m + flowMap (x - from m), to and from the times of `interval`. @throws as `flowMap` */
export function flow(gaussian: Gaussian, interval: Interval, x: ArrayLike<number>): Float64Array {
  const scale = stretches(gaussian, interval)
  const r = eigenCoordinates(gaussian, interval.from ?? 0, x)
  return fromEigenCoordinates(
    gaussian,
    interval.to,
    r.map((value, j) => scale[j] * value),
  )
}

/** Condition number of `flowMap`: kappa(S_t)^{1/2} from the noise to t. @throws as `flowMap` */
export function flowCondition(gaussian: Gaussian, interval: Interval): number {
  const scale = stretches(gaussian, interval)
  return Math.max(...scale) / Math.min(...scale)
}
