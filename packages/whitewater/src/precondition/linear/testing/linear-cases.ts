// Test help: every linear preconditioner as its tests try it, on samples of shape [channels, height, width], and data for them.
import { ndarray, randomStream } from '@whitewater/tensor'
import type { Dataset } from '../../../data/dataset.ts'
import type { Settings } from '../../preconditioner.ts'

/** [channels, height, width], with a patch side that divides height and width. */
export interface Shape {
  readonly features: readonly number[]
  readonly patch: number
}

export interface LinearCase {
  readonly name: string
  readonly kind: string
  readonly options: (shape: Shape) => Settings
}

const plain = (kind: string): LinearCase => ({ name: kind, kind, options: () => ({}) })

/** The kinds W of which W Sigma W^T = I. */
export const whiteningCases: readonly LinearCase[] = [
  ...['zca', 'zca-cor', 'pca', 'pca-cor', 'cholesky', 'cholesky-precision'].map(plain),
]

const blocksBy = (by: string, options: LinearCase['options'] = () => ({})): LinearCase => ({
  name: `blocks by ${by}`,
  kind: 'blocks',
  options: (shape) => ({ by, ...options(shape) }),
})

export const linearCases: readonly LinearCase[] = [
  plain('none'),
  plain('standardise'),
  ...whiteningCases,
  { name: 'zca, shrunk', kind: 'zca', options: () => ({ shrinkage: 'ledoit-wolf' }) },
  { name: 'pca-cor, shrunk', kind: 'pca-cor', options: () => ({ shrinkage: 'ledoit-wolf' }) },
  { name: 'low-rank', kind: 'low-rank', options: () => ({ rank: 3 }) },
  blocksBy('pixel'),
  blocksBy('channel'),
  blocksBy('patch', ({ patch }) => ({ size: patch })),
  blocksBy('run', ({ features }) => ({ size: features[2] })),
  plain('dct'),
  { name: 'dct to frequencies', kind: 'dct', options: () => ({ domain: 'frequencies' }) },
]

export interface Data {
  readonly seed: number
  readonly features: readonly number[]
  /** Overall scale. */
  readonly scale?: number
  readonly count?: number
  /** Directions in which the samples vary; all unless given. */
  readonly rank?: number
  /** Scales of single features lie between 10^-spread and 10^spread. */
  readonly spread?: number
}

/** Samples of a random linear map of normal numbers, around a mean, in two classes. */
export function correlated({ seed, features, scale = 1, count = 300, rank, spread = 0 }: Data): Dataset {
  const d = features.reduce((product, extent) => product * extent, 1)
  const stream = randomStream(seed)
  const r = Math.min(rank ?? d, d)
  const noise = stream.normal(count * r)
  const map = stream.normal(r * d)
  const scales = Float64Array.from(stream.uniform(d), (u) => scale * 10 ** (spread * (2 * u - 1)))
  const data = new Float32Array(count * d)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < d; j++) {
      let sum = 1
      for (let k = 0; k < r; k++) sum += noise[i * r + k] * map[k * d + j]
      data[i * d + j] = scales[j] * sum
    }
  }
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  return { name: 'correlated', samples: ndarray(data, [count, ...features]), labels, classes: 2 }
}
