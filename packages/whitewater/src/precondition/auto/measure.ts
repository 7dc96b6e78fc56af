// What one candidate does to samples that it was not fitted to: how likely they are under it, how even they become, whether they come
// back.
import { sizeOf } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import { flatten as samplesOf } from '../../linalg/covariance.ts'
import { conditionOf } from '../../linalg/roots.ts'
import { covarianceOf } from '../../linalg/moments.ts'
import { eigenvaluesOf } from '../../linalg/symmetric.ts'
import { flatten } from '../../data/subset.ts'
import { withComponents } from '../chain.ts'
import { roundTripError, type FittedPreconditioner } from '../preconditioner.ts'

export interface Measurement {
  /**
   * -log p of each held-out sample [n], nats, under the law that P maps to N(0, I). Its mean is the entropy of the data, which no
   * candidate changes, and the Kullback-Leibler divergence between P's image of the data and N(0, I): what the flow has left to do.
   * Undefined where P has no log-determinant.
   */
  readonly surprise?: Float64Array
  /** Largest kappa(S_t + delta I) along the path of the held-out samples; undefined where there are too many dimensions. */
  readonly kappa?: number
  /** As `roundTripError`. */
  readonly roundTrip: number
}

/** Dimensions up to which eigenvalues are a matter of a second. */
const MOST_DIMENSIONS = 1024

const DELTA = 1e-6

/**
 * Largest kappa(S_t + delta I), S_t = (1-t)^2 I + t^2 S (Eq. 13): with r = t^2 / ((1-t)^2 + delta) it is (1 + r lambda_max) / (1 + r
 * lambda_min), which grows with t, so that the path has it at its end.
 */
async function largestKappa(z: Dataset): Promise<number | undefined> {
  const flat = samplesOf(flatten(z))
  if (flat.d > MOST_DIMENSIONS) return undefined
  const { values } = await eigenvaluesOf((await covarianceOf(flat)).covariance)
  return conditionOf(values.map((value) => Math.max(0, value) + DELTA))
}

/**
 * -log of each component's share of its class in the data: a generator draws the component first, so its entropy counts.
 * Indexed by component label.
 */
function componentSurprise(labels: Int32Array, count: number, perClass: number): Float64Array {
  // One more of each: a component that the sample happens to miss is not impossible.
  const counts = new Float64Array(count).fill(1)
  for (const label of labels) counts[label]++
  return counts.map((own, label) => {
    const start = label - (label % perClass)
    const all = counts.subarray(start, start + perClass).reduce((sum, value) => sum + value, 0)
    return Math.log(all / own)
  })
}

/** Measures a candidate on held-out data; `fitted` was fitted to `data`. */
export async function measureOn(
  fitted: FittedPreconditioner,
  data: Dataset,
  held: Dataset,
): Promise<Measurement> {
  const { components } = fitted
  const { samples, labels, classes = 1 } = await withComponents(fitted, held)
  const z = await fitted.transform(samples, labels)
  const logDet = await fitted.logDet?.(samples, labels)
  const own = components && (await withComponents(fitted, data)).labels
  const extra = own && components && componentSurprise(own, classes, components.perClass)
  const [n, ...features] = z.shape
  const d = sizeOf(features)
  const gaussian = (i: number): number => {
    let squares = 0
    for (let j = i * d; j < (i + 1) * d; j++) squares += z.data[j] ** 2
    return 0.5 * (squares + d * Math.log(2 * Math.PI))
  }
  return {
    ...(logDet && {
      surprise: Float64Array.from(
        { length: n },
        (_, i) => gaussian(i) - logDet[i] + (extra?.[labels?.[i] ?? 0] ?? 0),
      ),
    }),
    kappa: await largestKappa({ name: held.name, samples: z }),
    roundTrip: await roundTripError(fitted, samples, labels),
  }
}
