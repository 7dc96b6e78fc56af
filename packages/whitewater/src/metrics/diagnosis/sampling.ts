// How far a covariance of N samples in d dimensions can be trusted: the spectrum of white noise of the same size
// (Marchenko & Pastur 1967).

export interface SamplingEdges {
  /** d: features that vary. */
  readonly dimension: number
  /** d / (N - 1). */
  readonly ratio: number
  /** (1 - sqrt(ratio))^2, 0 from N <= d on: white data's smallest eigenvalue, whose true value is 1. */
  readonly smallest: number
  /** (1 + sqrt(ratio))^2: white data's largest eigenvalue. */
  readonly largest: number
  /** largest / smallest, Infinity from N <= d on: the kappa that N white samples show, though it is 1. */
  readonly kappa: number
}

/**
 * Edges of the eigenvalues of the covariance of N samples of N(0, I_d), asymptotically in N and d. For any other covariance the
 * measured kappa lies within a factor `kappa` of the true one, and is too large by the factor 1 / (1 - ratio) at least where the smallest
 * eigenvalue stands alone. Whitening by a measured covariance leaves, on fresh samples, a condition number of `kappa`, whatever
 * the data's own: Sigma^{1/2} S^{-1} Sigma^{1/2} is the inverse of white data's covariance.
 */
export function samplingEdges(samples: number, dimension: number): SamplingEdges {
  const ratio = dimension / (samples - 1)
  const smallest = ratio < 1 ? (1 - Math.sqrt(ratio)) ** 2 : 0
  const largest = (1 + Math.sqrt(ratio)) ** 2
  return { dimension, ratio, smallest, largest, kappa: smallest > 0 ? largest / smallest : Infinity }
}

export interface Support {
  readonly dimension: number
  /** lambda_max over the smallest eigenvalue of these directions, without delta. */
  readonly kappa: number
}

/**
 * The directions of a descending spectrum that hold more than `share` of the largest variance. Unless given, those that are not
 * rounding: above d x 2^-52, as a matrix's numerical rank is counted.
 */
export function supportOf(spectrum: ArrayLike<number>, share = spectrum.length * Number.EPSILON): Support {
  const values = Array.from(spectrum)
  const dimension = values.filter((value) => value > share * values[0]).length
  return { dimension, kappa: dimension > 0 ? values[0] / values[dimension - 1] : 1 }
}
