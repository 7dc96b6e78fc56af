// Shrinkage of a covariance towards a multiple of the identity, (1 - rho) Sigma + rho mu I with mu = tr Sigma / d: few samples
// spread the eigenvalues of a covariance too far, and this draws them together (Ledoit & Wolf 2004).
import type { Samples } from './covariance.ts'
import type { Eigen } from './eigen.ts'
import { matrix, trace, type Matrix } from './matrix.ts'

/** Mean of the eigenvalues, mu. */
const meanEigenvalue = (covariance: Matrix): number => trace(covariance) / covariance.rows

/** (1 - rho) Sigma + rho mu I. */
export function shrunk(covariance: Matrix, rho: number): Matrix {
  const { data, rows, columns } = covariance
  const ridge = rho * meanEigenvalue(covariance)
  return matrix(
    rows,
    columns,
    data.map((value, at) => (1 - rho) * value + (at % (columns + 1) === 0 ? ridge : 0)),
  )
}

/** The eigendecomposition of `shrunk`: the same vectors. */
export function shrunkEigen({ values, vectors }: Eigen, rho: number): Eigen {
  const mu = values.reduce((sum, value) => sum + value, 0) / values.length
  return { vectors, values: values.map((value) => (1 - rho) * value + rho * mu) }
}

/** Mean of |(x - mean) / scale|^4 over samples that arrive in blocks; n d operations. `scale` is 1 unless given. */
export async function meanFourthPower(
  blocks: AsyncIterable<Samples> | Iterable<Samples>,
  mean: Float64Array,
  scale?: Float64Array,
): Promise<number> {
  let sum = 0
  let count = 0
  for await (const { data, n, d } of blocks) {
    for (let i = 0, at = 0; i < n; i++) {
      let square = 0
      for (let j = 0; j < d; j++, at++) square += ((data[at] - mean[j]) / (scale?.[j] ?? 1)) ** 2
      sum += square * square
    }
    count += n
  }
  return sum / count
}

/**
 * The rho in [0, 1] that minimises the expected squared error of the shrunk covariance, as Ledoit & Wolf 2004 estimate it, without an
 * assumption on the distribution: rho = min(b^2, a^2) / a^2 with a^2 = |S - mu I|^2 and b^2 = (mean |x - mean|^4 - |S|^2) / n, in
 * Frobenius norms, S the covariance of divisor n.
 * @param covariance divisor n - 1
 * @param fourthPower `meanFourthPower` of the same samples about their mean
 * @param count n
 */
export function ledoitWolf(covariance: Matrix, fourthPower: number, count: number): number {
  const d = covariance.rows
  const biased = (count - 1) / count
  const squares = biased ** 2 * covariance.data.reduce((sum, value) => sum + value * value, 0)
  const spread = squares - d * (biased * meanEigenvalue(covariance)) ** 2
  const error = Math.max(0, fourthPower - squares) / count
  return d === 1 || !(spread > 0) ? 0 : Math.min(1, error / spread)
}
