// Symmetric A = Q T Q^T with T tridiagonal, by Householder reflections, then T's eigenvalues by implicit QL with
// Wilkinson's shift (Golub & Van Loan, sections 8.3.1 and 8.3.3). Q is kept transposed, so every inner loop runs along a row.

export interface Tridiagonal {
  /** Diagonal, [n]. */
  readonly diagonal: Float64Array
  /** Below the diagonal: entry i couples i and i + 1; the last is 0. [n] */
  readonly subdiagonal: Float64Array
  /** Reflectors: row i holds v_i in its first i entries, H_i = I - scale_i v_i v_i^T. Row-major [n, n]. */
  readonly reflectors: Float64Array
  readonly scales: Float64Array
}

/** Squares summing to less than this have lost digits to underflow, or all of them. */
const UNDERFLOW = 1e-290

/** Turns x = a[start .. start + length] into a reflector v with H x = alpha e_last; returns [alpha, scale]. */
function reflect(a: Float64Array, start: number, length: number): [alpha: number, scale: number] {
  const last = start + length - 1
  let tail = 0
  for (let k = start; k < last; k++) tail += a[k] * a[k]
  if (tail + a[last] * a[last] < UNDERFLOW) {
    const largest = largestMagnitude(a, start, length)
    if (largest === 0) return [0, 0]
    // Any multiple of x has the same reflection.
    for (let k = start; k <= last; k++) a[k] /= largest
    const [alpha, scale] = reflect(a, start, length)
    return [alpha * largest, scale]
  }
  if (tail === 0) return [a[last], 0]
  const norm = Math.sqrt(tail + a[last] * a[last])
  const alpha = a[last] > 0 ? -norm : norm
  a[last] -= alpha
  return [alpha, 2 / (tail + a[last] * a[last])]
}

function largestMagnitude(a: Float64Array, start: number, length: number): number {
  let largest = 0
  for (let k = start; k < start + length; k++) largest = Math.max(largest, Math.abs(a[k]))
  return largest
}

/** p = scale A v over the leading `length` rows, from the lower triangle of `a` only. */
function symmetricProduct(
  a: Float64Array,
  n: number,
  length: number,
  v: number,
  scale: number,
  p: Float64Array,
) {
  p.fill(0, 0, length)
  for (let i = 0; i < length; i++) {
    const row = i * n
    const vi = a[v + i]
    let sum = a[row + i] * vi
    for (let j = 0; j < i; j++) {
      const value = a[row + j]
      sum += value * a[v + j]
      p[j] += value * vi
    }
    p[i] += sum
  }
  for (let i = 0; i < length; i++) p[i] *= scale
}

/** A <- H A H = A - v w^T - w v^T with w = p - (scale / 2)(p.v) v, on the lower triangle. */
function updateLower(a: Float64Array, n: number, length: number, v: number, scale: number, p: Float64Array) {
  let dot = 0
  for (let i = 0; i < length; i++) dot += p[i] * a[v + i]
  const half = (scale / 2) * dot
  for (let i = 0; i < length; i++) p[i] -= half * a[v + i]
  for (let i = 0; i < length; i++) {
    const row = i * n
    const vi = a[v + i]
    const wi = p[i]
    for (let j = 0; j <= i; j++) a[row + j] -= vi * p[j] + wi * a[v + j]
  }
}

/** Householder tridiagonalisation of the row-major symmetric n x n `a` (lower triangle read), 4/3 n^3 operations. */
export function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  const reflectors = Float64Array.from(a)
  const [diagonal, subdiagonal, scales, p] = [0, 1, 2, 3].map(() => new Float64Array(n))
  for (let i = n - 1; i > 0; i--) {
    const v = i * n
    diagonal[i] = reflectors[v + i]
    const [alpha, scale] = reflect(reflectors, v, i)
    subdiagonal[i - 1] = alpha
    scales[i] = scale
    if (scale === 0) continue
    symmetricProduct(reflectors, n, i, v, scale, p)
    updateLower(reflectors, n, i, v, scale, p)
  }
  if (n > 0) diagonal[0] = reflectors[0]
  return { diagonal, subdiagonal, reflectors, scales }
}

/** Q^T = H_1 H_2 ... H_{n-1}, row-major [n, n], 4/3 n^3 operations. */
export function accumulateTransposed({ reflectors, scales }: Tridiagonal): Float64Array {
  const n = scales.length
  const q = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    q[i * n + i] = 1
    const v = i * n
    for (let r = 0; scales[i] !== 0 && r < i; r++) {
      const row = r * n
      let dot = 0
      for (let k = 0; k < i; k++) dot += q[row + k] * reflectors[v + k]
      dot *= scales[i]
      for (let k = 0; k < i; k++) q[row + k] -= dot * reflectors[v + k]
    }
  }
  return q
}

/** First index m >= l where the subdiagonal is negligible beside its neighbours. */
function splitAfter(d: Float64Array, e: Float64Array, l: number): number {
  let m = l
  while (m < d.length - 1 && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++
  return m
}

/** rows i and i + 1 of q <- the same two rows, rotated by (c, s). */
function rotateRows(q: Float64Array, n: number, i: number, c: number, s: number): void {
  for (let a = i * n, b = a + n, end = b; a < end; a++, b++) {
    const upper = q[b]
    const lower = q[a]
    q[b] = s * lower + c * upper
    q[a] = c * lower - s * upper
  }
}

/** One implicit QL sweep on the unreduced block l .. m, its rotations applied to the rows of q. */
function sweep(d: Float64Array, e: Float64Array, l: number, m: number, q: Float64Array | undefined): void {
  const ratio = (d[l + 1] - d[l]) / (2 * e[l])
  const root = Math.hypot(ratio, 1)
  let g = d[m] - d[l] + e[l] / (ratio + (ratio < 0 ? -root : root))
  let [s, c, shift] = [1, 1, 0]
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]
    const b = c * e[i]
    const r = Math.hypot(f, g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1] -= shift
      e[m] = 0
      return
    }
    s = f / r
    c = g / r
    const difference = d[i + 1] - shift
    const combined = (d[i] - difference) * s + 2 * c * b
    shift = s * combined
    d[i + 1] = difference + shift
    g = c * combined - b
    if (q) rotateRows(q, d.length, i, c, s)
  }
  d[l] -= shift
  e[l] = g
  e[m] = 0
}

const MAX_SWEEPS = 60

/**
 * Overwrites `d` by the eigenvalues (unordered) of the tridiagonal (d, e); `q`, when given as Q^T, becomes the
 * eigenvectors as rows. `e` is destroyed. About 3 n^3 operations with `q`, a few n^2 without.
 * @throws RangeError when an eigenvalue does not converge, which only NaN or Infinity brings about
 */
export function diagonalise(d: Float64Array, e: Float64Array, q?: Float64Array): void {
  for (let l = 0; l < d.length; l++) {
    for (let count = 0; ; count++) {
      const m = splitAfter(d, e, l)
      if (m === l) break
      if (count === MAX_SWEEPS)
        throw new RangeError(`eigenvalue ${l} did not converge: is every entry finite?`)
      sweep(d, e, l, m, q)
    }
  }
}
