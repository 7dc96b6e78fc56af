// Eigenvalues of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift (Golub & Van Loan, section 8.3.3), and the
// eigenvectors of the matrix that it came from.

/** First index m >= l where the subdiagonal is negligible beside its neighbours. */
function splitAfter(d: Float64Array, e: Float64Array, l: number): number {
  let m = l
  while (m < d.length - 1 && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++
  return m
}

/**
 * Rotations of rows i and i + 1 that wait for one another: applied together, to a band of columns at a time, they find the rows in the
 * cache. At n = 2048 that halves the time of rotating whole rows as they come.
 */
interface Rotations {
  /** [n, n], row-major. */
  readonly rows: Float64Array
  readonly n: number
  readonly index: Int32Array
  readonly cosine: Float64Array
  readonly sine: Float64Array
  count: number
}

/** Sweeps, of at most n rotations, that are collected. */
const COLLECTED_SWEEPS = 16

const BAND_COLUMNS = 64

function rotationsOf(rows: Float64Array, n: number): Rotations {
  const room = COLLECTED_SWEEPS * n
  const cosine = new Float64Array(room)
  const sine = new Float64Array(room)
  return { rows, n, index: new Int32Array(room), cosine, sine, count: 0 }
}

/** Rows i and i + 1, `from` .. `from + width`: (lower, upper) <- (c lower - s upper, s lower + c upper). */
function rotate(q: Float64Array, n: number, from: number, width: number, c: number, s: number): void {
  for (let a = from, b = from + n, end = from + width; a < end; a++, b++) {
    const upper = q[b]
    const lower = q[a]
    q[b] = s * lower + c * upper
    q[a] = c * lower - s * upper
  }
}

/** As `rotate` of the row after `from` and its next, then of `from` and the row after it: each row is read and written once. */
function rotateTwo(
  q: Float64Array,
  n: number,
  from: number,
  width: number,
  c1: number,
  s1: number,
  c2: number,
  s2: number,
): void {
  for (let x = from, y = x + n, z = y + n, end = x + width; x < end; x++, y++, z++) {
    const low = q[x]
    const mid = q[y]
    const high = q[z]
    const between = c1 * mid - s1 * high
    q[z] = s1 * mid + c1 * high
    q[y] = s2 * low + c2 * between
    q[x] = c2 * low - s2 * between
  }
}

function applyAll(rotations: Rotations): void {
  const { rows, n, index, cosine, sine, count } = rotations
  for (let column = 0; column < n; column += BAND_COLUMNS) {
    const width = Math.min(BAND_COLUMNS, n - column)
    for (let r = 0; r < count; r++) {
      const i = index[r]
      if (r + 1 < count && index[r + 1] === i - 1) {
        const at = (i - 1) * n + column
        rotateTwo(rows, n, at, width, cosine[r], sine[r], cosine[r + 1], sine[r + 1])
        r++
      } else rotate(rows, n, i * n + column, width, cosine[r], sine[r])
    }
  }
  rotations.count = 0
}

function push(rotations: Rotations, i: number, c: number, s: number): void {
  if (rotations.count === rotations.index.length) applyAll(rotations)
  const at = rotations.count++
  rotations.index[at] = i
  rotations.cosine[at] = c
  rotations.sine[at] = s
}

/** One implicit QL sweep on the unreduced block l .. m, its rotations kept for the rows of Q^T. */
function sweep(d: Float64Array, e: Float64Array, l: number, m: number, rotations?: Rotations): void {
  const ratio = (d[l + 1] - d[l]) / (2 * e[l])
  const root = Math.hypot(ratio, 1)
  let g = d[m] - d[l] + e[l] / (ratio + (ratio < 0 ? -root : root))
  let s = 1
  let c = 1
  let shift = 0
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
    if (rotations) push(rotations, i, c, s)
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
  const rotations = q && rotationsOf(q, d.length)
  for (let l = 0; l < d.length; l++) {
    for (let count = 0; ; count++) {
      const m = splitAfter(d, e, l)
      if (m === l) break
      if (count === MAX_SWEEPS)
        throw new RangeError(`eigenvalue ${l} did not converge: is every entry finite?`)
      sweep(d, e, l, m, rotations)
    }
  }
  if (rotations) applyAll(rotations)
}
