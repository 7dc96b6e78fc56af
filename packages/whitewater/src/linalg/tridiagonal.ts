// Symmetric A = Q T Q^T with T tridiagonal, by Householder reflections (Golub & Van Loan, section 8.3.1). Q is kept transposed, so
// every inner loop runs along a row. Large matrices are bound by memory: loops over pairs and fours of rows read them less often.

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

/**
 * The previous step's update and this step's product in one pass over the lower triangle of the leading rows: A -= v w^T + w v^T, then
 * p = A u. A pass each took 2.6 times as long at n = 2048. Rows go in pairs, which share what they read of the vectors.
 */
function updateAndMultiply(
  a: Float64Array,
  n: number,
  v: Float64Array,
  w: Float64Array,
  u: Float64Array,
  p: Float64Array,
): void {
  const length = u.length
  p.fill(0, 0, length)
  let i = 0
  for (; i + 1 < length; i += 2) {
    const row = i * n
    const next = row + n
    const v0 = v[i]
    const w0 = w[i]
    const u0 = u[i]
    const v1 = v[i + 1]
    const w1 = w[i + 1]
    const u1 = u[i + 1]
    let sum0 = 0
    let sum1 = 0
    for (let j = 0; j < i; j++) {
      const x0 = a[row + j] - (v0 * w[j] + w0 * v[j])
      const x1 = a[next + j] - (v1 * w[j] + w1 * v[j])
      a[row + j] = x0
      a[next + j] = x1
      sum0 += x0 * u[j]
      sum1 += x1 * u[j]
      p[j] += x0 * u0 + x1 * u1
    }
    a[row + i] -= 2 * v0 * w0
    a[next + i] -= v1 * w0 + w1 * v0
    a[next + i + 1] -= 2 * v1 * w1
    p[i] += sum0 + a[row + i] * u0 + a[next + i] * u1
    p[i + 1] += sum1 + a[next + i] * u0 + a[next + i + 1] * u1
  }
  if (i < length) {
    updateRow(a, i * n, i, v, w)
    const row = i * n
    for (let j = 0; j < i; j++) {
      p[i] += a[row + j] * u[j]
      p[j] += a[row + j] * u[i]
    }
    p[i] += a[row + i] * u[i]
  }
}

/** Row i of A -= v w^T + w v^T, up to its diagonal. */
function updateRow(a: Float64Array, row: number, i: number, v: Float64Array, w: Float64Array): void {
  const vi = v[i]
  const wi = w[i]
  for (let j = 0; j <= i; j++) a[row + j] -= vi * w[j] + wi * v[j]
}

/** w = scale (p - (scale / 2) (p.u) u): what makes H A H = A - u w^T - w u^T of p = A u. In place. */
function finishUpdate(p: Float64Array, u: Float64Array, scale: number): void {
  let dot = 0
  for (let j = 0; j < u.length; j++) {
    p[j] *= scale
    dot += p[j] * u[j]
  }
  const half = (scale / 2) * dot
  for (let j = 0; j < u.length; j++) p[j] -= half * u[j]
}

/** Householder tridiagonalisation of the row-major symmetric n x n `a` (lower triangle read), 4/3 n^3 operations. */
export function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  const reflectors = Float64Array.from(a)
  const [diagonal, subdiagonal, scales] = [0, 1, 2].map(() => new Float64Array(n))
  // A reflection stays pending until the next step's pass.
  let [v, w, p] = [0, 1, 2].map(() => new Float64Array(n))
  for (let i = n - 1; i > 0; i--) {
    const row = i * n
    updateRow(reflectors, row, i, v, w)
    diagonal[i] = reflectors[row + i]
    const [alpha, scale] = reflect(reflectors, row, i)
    subdiagonal[i - 1] = alpha
    scales[i] = scale
    const u = reflectors.subarray(row, row + i)
    updateAndMultiply(reflectors, n, v, w, u, p)
    // Without a reflection p = 0 makes none pending.
    finishUpdate(p, u, scale)
    ;[v, w, p] = [u, p, w]
  }
  if (n > 0) diagonal[0] = reflectors[0] - 2 * v[0] * w[0]
  return { diagonal, subdiagonal, reflectors, scales }
}

/** Row r of Q^T times one reflection: q <- q (I - scale v v^T), over the first `length` entries. */
function reflectRow(
  q: Float64Array,
  row: number,
  v: Float64Array,
  at: number,
  length: number,
  scale: number,
) {
  let dot = 0
  for (let k = 0; k < length; k++) dot += q[row + k] * v[at + k]
  dot *= scale
  for (let k = 0; k < length; k++) q[row + k] -= dot * v[at + k]
}

const ROWS_AT_ONCE = 4

/** As `reflectRow`, on four neighbouring rows, which share what they read of v. */
function reflectRows(
  q: Float64Array,
  row: number,
  n: number,
  v: Float64Array,
  at: number,
  length: number,
  scale: number,
) {
  const a = row
  const b = row + n
  const c = row + 2 * n
  const d = row + 3 * n
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (let k = 0; k < length; k++) {
    const x = v[at + k]
    s0 += q[a + k] * x
    s1 += q[b + k] * x
    s2 += q[c + k] * x
    s3 += q[d + k] * x
  }
  s0 *= scale
  s1 *= scale
  s2 *= scale
  s3 *= scale
  for (let k = 0; k < length; k++) {
    const x = v[at + k]
    q[a + k] -= s0 * x
    q[b + k] -= s1 * x
    q[c + k] -= s2 * x
    q[d + k] -= s3 * x
  }
}

/**
 * Q^T = H_1 H_2 ... H_{n-1}, row-major [n, n], 4/3 n^3 operations. Four rows at a time take all reflections while they stay in the cache:
 * 2.7 times as quick at n = 2048 as one reflection of all rows after the other.
 */
export function accumulateTransposed({ reflectors, scales }: Tridiagonal): Float64Array {
  const n = scales.length
  const q = new Float64Array(n * n)
  for (let start = 0; start < n; start += ROWS_AT_ONCE) {
    const end = Math.min(n, start + ROWS_AT_ONCE)
    for (let r = start; r < end; r++) q[r * n + r] = 1
    for (let i = start + 1; i < n; i++) {
      if (scales[i] === 0) continue
      // A row takes the reflections behind it.
      if (i < start + ROWS_AT_ONCE)
        for (let r = start; r < i; r++) reflectRow(q, r * n, reflectors, i * n, i, scales[i])
      else reflectRows(q, start * n, n, reflectors, i * n, i, scales[i])
    }
  }
  return q
}
