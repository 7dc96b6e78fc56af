// The error of a velocity field by eigendirection of the data and bin of path time: what the one number of a loss hides (Eq. 2, 4,
// Cor. F.3.1). Everything here is in coordinates along the eigenvectors q_j of the data's covariance, in the space of the flow.
import { usageError } from '../errors.ts'
import { matrix, type Matrix } from '../linalg/matrix.ts'
import { pathEigenvalues, velocityEigenvalues } from '../theory/gaussian.ts'

export interface SplitOptions {
  /** Equal bins of path time; 10 unless given. */
  readonly bins?: number
  /** Bands of as many directions each, or nearly; 8 unless given, and never more than there are directions. */
  readonly bands?: number
}

/** Directions `from` .. `to` - 1, counted from the widest. */
export interface Band {
  readonly from: number
  readonly to: number
}

/** Mean squared errors over cells of time and direction. Plain data. */
export interface ErrorSplit {
  /** Ends of the bins, from 0 to 1, [bins + 1]. */
  readonly times: readonly number[]
  /** From the widest directions to the narrowest. */
  readonly bands: readonly Band[]
  /** Samples in each bin. */
  readonly counts: readonly number[]
  /** [bin][band]: mean over the bin's samples and the band's directions; NaN in a bin without samples. */
  readonly errors: readonly (readonly number[])[]
}

/** At most `most` bands of the directions 0 .. d - 1, sizes as equal as whole numbers allow. */
export function bandsOf(d: number, most = 8): Band[] {
  const count = Math.min(d, most)
  const end = (k: number): number => Math.round((k * d) / count)
  return Array.from({ length: count }, (_, k) => ({ from: end(k), to: end(k + 1) }))
}

function checkedBins(t: ArrayLike<number>, n: number, bins: number): Int32Array {
  if (t.length !== n) throw usageError(`got ${t.length} times for ${n} errors, expected one time a sample`)
  return Int32Array.from({ length: n }, (_, i) => {
    if (!(t[i] >= 0 && t[i] <= 1)) throw usageError(`got t = ${t[i]} in sample ${i}, expected 0 <= t <= 1`)
    return Math.min(bins - 1, Math.floor(t[i] * bins))
  })
}

/** Sums of `value(i, j)` over the samples of each bin, [bins, d], and the samples of each. */
function binSums(
  { rows, columns: d }: Matrix,
  t: ArrayLike<number>,
  bins: number,
  value: (at: number) => number,
): { sums: Matrix; counts: number[] } {
  const binOf = checkedBins(t, rows, bins)
  const sums = matrix(bins, d)
  const counts = Array<number>(bins).fill(0)
  for (let i = 0; i < rows; i++) {
    counts[binOf[i]]++
    for (let j = 0; j < d; j++) sums.data[binOf[i] * d + j] += value(i * d + j)
  }
  return { sums, counts }
}

/** Means over the bands of a value for each bin and direction. */
function banded(
  d: number,
  counts: readonly number[],
  value: (bin: number, j: number) => number,
  most: number | undefined,
): ErrorSplit {
  const bins = counts.length
  const bands = bandsOf(d, most)
  const errors = counts.map((_, bin) =>
    bands.map(({ from, to }) => {
      let sum = 0
      for (let j = from; j < to; j++) sum += value(bin, j)
      return sum / (to - from)
    }),
  )
  return { times: Array.from({ length: bins + 1 }, (_, k) => k / bins), bands, counts, errors }
}

/**
 * Splits mean |e|^2 by OUTPUT direction: cells hold the mean of (q_j . e)^2, for the errors' coordinates `along` [n, d] and a time a
 * sample. It sorts errors by where they point, for any field. (Eq. 23 splits by INPUT direction, lambda_j(S_t) |(A - A*) q_j|^2, by what
 * part of x_t a linear field answers wrongly: `excessByDirection` of theory/gaussian. Both add up to the excess; they agree direction by
 * direction where A - A* shares the eigenvectors.)
 *
 * What the cells mean depends on e. For e = v - u it is the loss (Eq. 2), irreducible part included: lambda_j / lambda_j(S_t) a direction
 * for Gaussian data (Lemma 3.2). For any other data of that covariance this is the loss of the best linear predictor, so an upper bound on
 * the irreducible part, and loss minus it a lower bound on the excess. For e = `beyondLinear` it is the excess of Gaussian data itself.
 * @throws WhitewaterError (usage) for times outside [0, 1] or not one a sample
 */
export function outputErrorSplit(
  along: Matrix,
  t: ArrayLike<number>,
  { bins = 10, bands }: SplitOptions = {},
): ErrorSplit {
  const { sums, counts } = binSums(along, t, bins, (at) => along.data[at] ** 2)
  const d = along.columns
  return banded(d, counts, (bin, j) => sums.data[bin * d + j] / counts[bin], bands)
}

/** Mean |e|^2 over all samples, summed over directions: the scalar that the split is a split of. */
export function totalError({ bands, counts, errors }: ErrorSplit): number {
  const samples = counts.reduce((sum, count) => sum + count, 0)
  return errors.reduce((total, row, bin) => {
    if (counts[bin] === 0) return total
    const squared = row.reduce((sum, error, k) => sum + error * (bands[k].to - bands[k].from), 0)
    return total + (counts[bin] / samples) * squared
  }, 0)
}

/** Entry (i, j) times factor_j(t_i). */
function scaledByTime(
  { data, rows, columns: d }: Matrix,
  t: ArrayLike<number>,
  factors: (t: number) => Float64Array,
): Matrix {
  const result = matrix(rows, d)
  for (let i = 0; i < rows; i++) {
    const row = factors(t[i])
    for (let j = 0; j < d; j++) result.data[i * d + j] = row[j] * data[i * d + j]
  }
  return result
}

/**
 * The best linear prediction of u - m from x_t - t m, a_j(t) (q_j . (x_t - t m)) (Prop. 3.1), [n, d]: exact for Gaussian data.
 * @param x coordinates of x_t - t m, [n, d]
 * @param eigenvalues of the data's covariance, [d]
 */
export const linearVelocity = (x: Matrix, t: ArrayLike<number>, eigenvalues: Float64Array): Matrix =>
  scaledByTime(x, t, (at) => velocityEigenvalues(eigenvalues, at))

/** v - m - A*_t (x_t - t m) from the coordinates of v - m and x_t - t m, [n, d]: the error v - v* for Gaussian data, without the noise of u. */
export function beyondLinear(v: Matrix, x: Matrix, t: ArrayLike<number>, eigenvalues: Float64Array): Matrix {
  const linear = linearVelocity(x, t, eigenvalues)
  return matrix(
    v.rows,
    v.columns,
    v.data.map((value, at) => value - linear.data[at]),
  )
}

/**
 * Errors of velocity at time t as the errors that they are at t = 1: the Gaussian flow takes a deviation along q_j at t to
 * (lambda_j / lambda_j(S_t))^{1/2} of it. Divided by lambda_j^{1/2}, the data's standard deviation, what is left is
 * e_j / lambda_j(S_t)^{1/2}, whose square is the |(A - A*) q_j|^2 that a small loss can hide (Eq. 24); unlike e it means the same in
 * every linearly preconditioned space.
 */
export const carriedToEnd = (along: Matrix, t: ArrayLike<number>, eigenvalues: Float64Array): Matrix =>
  scaledByTime(along, t, (at) =>
    pathEigenvalues(eigenvalues, at).map((s, j) => (s > 0 ? Math.sqrt(eigenvalues[j] / s) : 0)),
  )

/**
 * The affine part of a field's error, for data of ANY law: cells hold (E w_j)^2 + (E[w_j z_j])^2 / E z_j^2, the part of E w_j^2 that 1 and z_j
 * explain, for w = v - m - A*_t (x_t - t m) and z = x_t - t m, both `carriedToEnd` or neither. Since E[v* g] = E[u g] for every function g of
 * x_t, and u's best linear prediction has the same products with affine g, w has with affine g the products of v - v* itself: they vanish
 * at the optimum, nonlinear or not. So this is a part of the excess, never more than it (up to the mean over a bin's times), and
 * for linear fields on Gaussian data all of it that is along q_j.
 *
 * Squares of means are estimated without the bias of their noise (sum over pairs of different samples), so a cell may come out negative
 * by as much as noise allows. @throws as `outputErrorSplit`, or for different shapes
 */
export function affineErrorSplit(
  w: Matrix,
  z: Matrix,
  t: ArrayLike<number>,
  { bins = 10, bands }: SplitOptions = {},
): ErrorSplit {
  const d = w.columns
  if (z.rows !== w.rows || z.columns !== d)
    throw usageError(`got errors ${w.rows} x ${d} and positions ${z.rows} x ${z.columns}, expected pairs`)
  const [w1, w2, wz, wz2, z2] = [
    (at: number) => w.data[at],
    (at: number) => w.data[at] ** 2,
    (at: number) => w.data[at] * z.data[at],
    (at: number) => (w.data[at] * z.data[at]) ** 2,
    (at: number) => z.data[at] ** 2,
  ].map((value) => binSums(w, t, bins, value).sums.data)
  const { counts } = binSums(w, t, bins, () => 0)
  const squaredMean = (sum: number, squares: number, n: number) => (sum ** 2 - squares) / (n * (n - 1))
  const value = (bin: number, j: number): number => {
    const at = bin * d + j
    const n = counts[bin]
    const offset = squaredMean(w1[at], w2[at], n)
    const variance = z2[at] / n
    return variance > 0 ? offset + squaredMean(wz[at], wz2[at], n) / variance : offset
  }
  return banded(d, counts, value, bands)
}
