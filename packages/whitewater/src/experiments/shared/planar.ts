// Small things that experiments in few dimensions share.
import { ndarray, randomStream } from '@whitewater/tensor'
import type { Matrix } from '../../linalg/matrix.ts'
import type { Samples } from '../../precondition/preconditioner.ts'

/** Noise [n, d] that the same seed always gives. */
export const noiseFor = (seed: number, n: number, d: number): Samples =>
  ndarray(
    randomStream(seed)
      .split('experiment/noise')
      .normal(n * d),
    [n, d],
  )

/** x W^T for rows x [n, d] and W [d, d]. */
export function mapped(x: Samples, w: Matrix): Samples {
  const d = w.rows
  const result = new Float32Array(x.data.length)
  for (let start = 0; start < result.length; start += d) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) result[start + i] += w.data[i * d + j] * x.data[start + j]
    }
  }
  return ndarray(result, x.shape)
}

export const column = ({ data, rows, columns }: Matrix, j: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => data[i * columns + j])

/** Variance of samples [n, d] along a unit direction [d], divisor n - 1. */
export function varianceAlong({ data, shape: [n] }: Samples, direction: Float64Array): number {
  const d = direction.length
  const along = Array.from({ length: n }, (_, i) =>
    direction.reduce((sum, value, j) => sum + value * data[i * d + j], 0),
  )
  const mean = along.reduce((sum, value) => sum + value, 0) / n
  return along.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
}

export interface Quartiles {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** The quartiles of a set, by linear interpolation. */
export function quartiles(values: Float64Array): Quartiles {
  const sorted = values.slice().sort()
  const at = (share: number): number => {
    const position = share * (sorted.length - 1)
    const below = Math.floor(position)
    const above = Math.min(below + 1, sorted.length - 1)
    return sorted[below] + (position - below) * (sorted[above] - sorted[below])
  }
  return { low: at(0.25), median: at(0.5), high: at(0.75) }
}
