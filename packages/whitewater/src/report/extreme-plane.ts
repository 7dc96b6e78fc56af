// A plane for looking at vectors of more than two dimensions: the widest and the narrowest principal direction of the data.
import { covariance, flatten } from '../linalg/covariance.ts'
import { eigenSymmetric } from '../linalg/eigen.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import type { ScatterPanel } from './scatter-figure.ts'

/** Each set's coordinates along the two directions, divided by the data's own standard deviation along them. */
export function extremePlane(
  data: Samples,
  sets: readonly { readonly title: string; readonly samples: Samples }[],
): ScatterPanel[] {
  const { mean, covariance: sigma } = covariance(flatten(data))
  const { values, vectors } = eigenSymmetric(sigma)
  const last = values.length - 1
  const directions = [0, last].map((j) => {
    const deviation = Math.sqrt(Math.max(values[j], Number.MIN_VALUE))
    return Float64Array.from({ length: last + 1 }, (_, i) => vectors.data[i * (last + 1) + j] / deviation)
  })
  return sets.map(({ title, samples }) => {
    const { data: rows, n, d } = flatten(samples)
    const points = new Float64Array(2 * n)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < d; j++) {
        const centred = rows[i * d + j] - mean[j]
        points[2 * i] += centred * directions[0][j]
        points[2 * i + 1] += centred * directions[1][j]
      }
    }
    return { title, points }
  })
}
