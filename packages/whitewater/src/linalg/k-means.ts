// Where a mixture's components begin: k-means++ seeds (Arthur & Vassilvitskii 2007), then a few rounds of Lloyd's algorithm.
import type { RandomStream } from '@whitewater/tensor'
import type { Samples } from './covariance.ts'
import { matrix, type Matrix } from './matrix.ts'

const MOST_ROUNDS = 10

export interface Clusters {
  /** [K, d] */
  readonly centres: Matrix
  /** Cluster of each sample, [n]. */
  readonly nearest: Int32Array
}

function squaredDistance({ data, d }: Samples, row: number, centres: Matrix, k: number): number {
  let sum = 0
  for (let j = 0, a = row * d, b = k * d; j < d; j++) sum += (data[a + j] - centres.data[b + j]) ** 2
  return sum
}

/** An index drawn with probability proportional to its weight; uniformly where all are 0. */
function drawn(weights: Float64Array, stream: RandomStream): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (!(total > 0)) return stream.integers(1, weights.length)[0]
  let left = stream.nextUniform() * total
  const at = weights.findIndex((weight) => (left -= weight) < 0)
  return at < 0 ? weights.findLastIndex((weight) => weight > 0) : at
}

/** K samples, each drawn with probability proportional to its squared distance from those drawn before. */
function seeded(samples: Samples, count: number, stream: RandomStream): Matrix {
  const { data, n, d } = samples
  const centres = matrix(count, d)
  const distances = new Float64Array(n).fill(1)
  for (let k = 0; k < count; k++) {
    const row = drawn(distances, stream)
    centres.data.set(data.subarray(row * d, (row + 1) * d), k * d)
    for (let i = 0; i < n; i++) {
      const distance = squaredDistance(samples, i, centres, k)
      distances[i] = k === 0 ? distance : Math.min(distances[i], distance)
    }
  }
  return centres
}

/** Puts each sample with its nearest centre; how many changed. */
function assign(samples: Samples, centres: Matrix, nearest: Int32Array): number {
  let changed = 0
  for (let i = 0; i < samples.n; i++) {
    let best = 0
    let least = Infinity
    for (let k = 0; k < centres.rows; k++) {
      const distance = squaredDistance(samples, i, centres, k)
      if (distance < least) {
        best = k
        least = distance
      }
    }
    if (nearest[i] !== best) changed++
    nearest[i] = best
  }
  return changed
}

/** Means of the clusters; one without samples stays where it was. */
function moved({ data, n, d }: Samples, { centres, nearest }: Clusters): Matrix {
  const sums = matrix(centres.rows, d)
  const counts = new Float64Array(centres.rows)
  for (let i = 0; i < n; i++) {
    counts[nearest[i]]++
    for (let j = 0, at = nearest[i] * d; j < d; j++) sums.data[at + j] += data[i * d + j]
  }
  const means = sums.data.map((sum, at) => {
    const count = counts[Math.floor(at / d)]
    return count > 0 ? sum / count : centres.data[at]
  })
  return matrix(centres.rows, d, means)
}

/** K clusters of samples in comparable units; n K d operations a round. */
export function kMeans(samples: Samples, count: number, stream: RandomStream): Clusters {
  let centres = seeded(samples, count, stream)
  const nearest = new Int32Array(samples.n).fill(-1)
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (assign(samples, centres, nearest) === 0) break
    centres = moved(samples, { centres, nearest })
  }
  return { centres, nearest }
}
