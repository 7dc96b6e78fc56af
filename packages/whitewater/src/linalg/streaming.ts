// Running mean and scatter of samples that arrive in blocks, mergeable in any order (Chan, Golub & LeVeque 1983, the pairwise
// form of Welford's update): data larger than memory, or spread over processes, has the covariance of one pass.
import {
  centreOf,
  covarianceFromScatter,
  scatterAbout,
  twoSum,
  type Centre,
  type Moments,
  type Samples,
} from './covariance.ts'
import { matrix, type Matrix } from './matrix.ts'

export interface RunningMoments extends Centre {
  readonly d: number
  readonly count: number
  /** Sum of centred outer products, [d, d]. */
  readonly scatter: Matrix
}

/** Moments of no samples: what merges into others without a trace. */
export const emptyMoments = (d: number): RunningMoments => ({
  d,
  count: 0,
  mean: new Float64Array(d),
  rest: new Float64Array(d),
  scatter: matrix(d, d),
})

/** Moments of one block held in memory, by two passes; n d^2 operations. */
export function momentsOfBlock(samples: Samples): RunningMoments {
  const { n, d } = samples
  if (n === 0) return emptyMoments(d)
  const centre = centreOf(samples)
  return { d, count: n, ...centre, scatter: scatterAbout(samples, centre.mean) }
}

/** Where a number of samples lie. */
export interface Counted extends Centre {
  readonly count: number
}

/**
 * The centre of two sets together, and the vector v whose outer product v v^T the sum of their scatters lacks:
 * v = sqrt(n_a n_b / n) (mean_b - mean_a).
 */
export function mergeCentres(a: Counted, b: Counted): { centre: Counted; between: Float64Array } {
  const count = a.count + b.count
  const between = new Float64Array(a.mean.length)
  if (a.count === 0) return { centre: b, between }
  const mean = a.mean.slice()
  const rest = a.rest.slice()
  const weight = Math.sqrt((a.count / count) * b.count)
  for (let j = 0; j < mean.length; j++) {
    const difference = b.mean[j] - a.mean[j] + (b.rest[j] - a.rest[j])
    ;[mean[j], rest[j]] = twoSum(mean[j], rest[j] + difference * (b.count / count))
    between[j] = weight * difference
  }
  return { centre: { count, mean, rest }, between }
}

/** Moments of the samples behind both; d^2 operations, neither argument is changed. @throws RangeError for different d */
export function mergeMoments(a: RunningMoments, b: RunningMoments): RunningMoments {
  const { d } = a
  if (b.d !== d) throw new RangeError(`cannot merge moments of ${d} and of ${b.d} features`)
  if (a.count === 0) return b
  if (b.count === 0) return a
  const { centre, between } = mergeCentres(a, b)
  const scatter = matrix(d, d)
  for (let i = 0, at = 0; i < d; i++) {
    for (let j = 0; j < d; j++, at++) {
      scatter.data[at] = a.scatter.data[at] + b.scatter.data[at] + between[i] * between[j]
    }
  }
  return { d, ...centre, scatter }
}

/**
 * Mean [d] and covariance [d, d]; the divisor is count - ddof.
 * @throws WhitewaterError (usage) when count <= ddof
 */
export const finishMoments = (
  { count, mean, scatter }: RunningMoments,
  { ddof = 1 }: { readonly ddof?: number } = {},
): Moments => ({ mean, covariance: covarianceFromScatter(scatter, count, ddof) })
