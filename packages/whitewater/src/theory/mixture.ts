// Exact flow matching between N(0, I) and a Gaussian mixture sum_k pi_k N(m_k, Sigma_k) (section 3.3 of the paper, appendix E and F.2).
import { sameShape } from '@whitewater/tensor'
import type { MixtureParameters } from '../data/toy/mixture.ts'
import { usageError } from '../errors.ts'
import { combine, matrix, type Matrix } from '../linalg/matrix.ts'
import { gaussianLogDensity, gaussianScore, gaussianVelocity } from './gaussian-flow.ts'
import { gaussianOf, pathCondition, pathEigenvalues, type Gaussian } from './gaussian.ts'
import { exactWhitening, whitenedLaw } from './preconditioned.ts'

/** x1 ~ sum_k weights[k] components[k], each component factorised once for every t. */
export interface Mixture {
  readonly weights: Float64Array
  readonly components: readonly Gaussian[]
}

/** How far the weights may sum from 1. */
const WEIGHT_TOLERANCE = 1e-9

function checkWeights(weights: Float64Array): void {
  const bad = weights.findIndex((weight) => !(weight >= 0))
  if (bad >= 0) throw usageError(`the weight of component ${bad} is ${weights[bad]}, expected a number >= 0`)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (Math.abs(total - 1) > WEIGHT_TOLERANCE)
    throw usageError(`the mixture's weights sum to ${total}, expected 1: divide them by their sum`)
}

/**
 * The mixture of `mixtureParameters`: weights [K], means [K, d], K covariances [d, d].
 * @throws WhitewaterError (usage) without components, for weights that do not sum to 1, shapes that do not match, or a covariance that
 * is not symmetric positive definite, naming the component
 */
export function mixtureOf({ weights, means, covariances }: MixtureParameters): Mixture {
  const count = weights.length
  if (count === 0) throw usageError('the mixture has no components, expected at least one')
  checkWeights(weights)
  const d = means.shape[1] ?? 0
  if (!sameShape(means.shape, [count, d]) || covariances.length !== count) {
    throw usageError(
      `${count} weights, means of shape [${means.shape.join(', ')}] and ${covariances.length} covariances do not match, expected [${count}, d] and ${count}`,
    )
  }
  const components = covariances.map(({ data, shape }, k) => {
    if (!sameShape(shape, [d, d]))
      throw usageError(`covariance ${k} has shape [${shape.join(', ')}], expected [${d}, ${d}]`)
    return gaussianOf(matrix(d, d, data), means.data.subarray(k * d, (k + 1) * d), `covariance ${k}`)
  })
  return { weights, components }
}

/** ln pi_k + ln N(x; t m_k, S_{k,t}), [K]. */
const logTerms = ({ weights, components }: Mixture, t: number, x: ArrayLike<number>): Float64Array =>
  weights.map((weight, k) => Math.log(weight) + gaussianLogDensity(components[k], t, x))

/** exp(terms) as shares of the largest, so that nothing overflows and one is 1; with the largest and the sum of the shares. */
function relative(terms: Float64Array): { largest: number; shares: Float64Array; total: number } {
  const largest = Math.max(...terms)
  const shares = terms.map((term) => Math.exp(term - largest))
  return { largest, shares, total: shares.reduce((sum, share) => sum + share, 0) }
}

/**
 * gamma_k(x, t), the probability that x_t = x belongs to component k (Eq. 19), [K]. Computed from logarithms, so that it sums to 1
 * however far x is from every mean.
 * @throws WhitewaterError (usage) for t outside [0, 1] or a point of another dimension
 */
export function responsibilities(mixture: Mixture, t: number, x: ArrayLike<number>): Float64Array {
  const { shares, total } = relative(logTerms(mixture, t, x))
  return shares.map((share) => share / total)
}

/** ln p_t(x) at a point x [d]. @throws as `responsibilities` */
export function mixtureLogDensity(mixture: Mixture, t: number, x: ArrayLike<number>): number {
  const { largest, total } = relative(logTerms(mixture, t, x))
  return largest + Math.log(total)
}

/** sum_k gamma_k(x, t) of(component k) for vectors [d]. */
function averaged(
  mixture: Mixture,
  t: number,
  x: ArrayLike<number>,
  of: (component: Gaussian, t: number, x: ArrayLike<number>) => Float64Array,
): Float64Array {
  const gamma = responsibilities(mixture, t, x)
  const sum = new Float64Array(x.length)
  mixture.components.forEach((component, k) =>
    of(component, t, x).forEach((value, i) => (sum[i] += gamma[k] * value)),
  )
  return sum
}

/** grad log p_t(x) = sum_k gamma_k score_k at a point x [d], [d]. @throws as `responsibilities` */
export const mixtureScore = (mixture: Mixture, t: number, x: ArrayLike<number>): Float64Array =>
  averaged(mixture, t, x, gaussianScore)

/** v*(x, t) = sum_k gamma_k(x, t) [m_k + A_{k,t} (x - t m_k)] at a point x [d] (Eq. 20), [d]. @throws as `responsibilities` */
export const mixtureVelocity = (mixture: Mixture, t: number, x: ArrayLike<number>): Float64Array =>
  averaged(mixture, t, x, gaussianVelocity)

/** m_k + A_{k,t} (x - t m_k), the velocity if x_t = x is known to belong to component k (Prop. 3.8), [K, d]. @throws as `responsibilities` */
export function componentVelocities({ components }: Mixture, t: number, x: ArrayLike<number>): Matrix {
  const rows = components.map((component) => gaussianVelocity(component, t, x))
  return matrix(rows.length, x.length, Float64Array.from(rows.flatMap((row) => [...row])))
}

/** kappa(S_{k,t}) of each component (Eq. 13), [K]. @throws WhitewaterError (usage) for t outside [0, 1] */
export function componentConditions({ components }: Mixture, t: number): Float64Array {
  return Float64Array.from(components, ({ eigen }) => pathCondition(eigen.values, t))
}

export interface SlowestMode {
  /** k. */
  readonly component: number
  /** j: the eigendirection is column j of the component's eigenvectors. */
  readonly direction: number
  /** lambda_j(S_{k,t}). */
  readonly eigenvalue: number
}

/**
 * The mode that sets the rate of gradient descent when assignments are known: the smallest lambda_j(S_{k,t}) over all k and j (Theorem
 * 3.9, Cor. 3.10). The first of equals.
 * @throws WhitewaterError (usage) for t outside [0, 1]
 */
export function slowestMode({ components }: Mixture, t: number): SlowestMode {
  const modes = components.map(({ eigen }, component) => {
    const values = pathEigenvalues(eigen.values, t)
    const direction = values.length - 1
    return { component, direction, eigenvalue: values[direction] }
  })
  return modes.reduce((slowest, mode) => (mode.eigenvalue < slowest.eigenvalue ? mode : slowest))
}

/** P_k = Sigma_k^{-1/2} of every component, [d, d] each (F.2). */
export const componentWhitenings = ({ components }: Mixture): Matrix[] => components.map(exactWhitening)

/** The mixture after x~ = P_k x within component k, P_k as in `componentWhitenings`: every covariance is I, every kappa 1 (F.2). */
export const componentwiseWhitened = ({ weights, components }: Mixture): Mixture => ({
  weights,
  components: components.map(whitenedLaw),
})

/** Sigma = sum_k pi_k (Sigma_k + m_k m_k^T) - m m^T of x1, the whole mixture. */
export function mixtureCovariance({ weights, components }: Mixture): Matrix {
  const d = components[0].mean.length
  const outer = (x: Float64Array): Matrix =>
    matrix(
      d,
      d,
      Float64Array.from({ length: d * d }, (_, i) => x[Math.floor(i / d)] * x[i % d]),
    )
  const centre = new Float64Array(d)
  components.forEach(({ mean }, k) => mean.forEach((value, i) => (centre[i] += weights[k] * value)))
  return components.reduce(
    (sum, { mean, covariance }, k) => combine(1, sum, weights[k], combine(1, covariance, 1, outer(mean))),
    combine(-1, outer(centre), 0, matrix(d, d)),
  )
}
