// The features' own units: where each lies and how far it varies.
import { centreOf, type Samples } from './covariance.ts'

export interface Units {
  readonly mean: Float64Array
  /** Standard deviations; 1 for a feature that is constant. */
  readonly scale: Float64Array
}

export function unitsOf(samples: Samples): Units {
  const { mean } = centreOf(samples)
  const { data, n, d } = samples
  const sums = new Float64Array(d)
  for (let i = 0; i < n; i++) {
    for (let j = 0, at = i * d; j < d; j++, at++) sums[j] += (data[at] - mean[j]) ** 2
  }
  return { mean, scale: sums.map((sum) => (sum > 0 ? Math.sqrt(sum / n) : 1)) }
}

/** Features to mean 0 and variance 1, so that neither starts nor the least variance depend on their units. */
export function standardised({ data, n, d }: Samples, { mean, scale }: Units): Samples {
  const result = new Float32Array(n * d)
  for (let i = 0; i < n; i++) {
    for (let j = 0, at = i * d; j < d; j++, at++) result[at] = (data[at] - mean[j]) / scale[j]
  }
  return { data: result, n, d }
}
