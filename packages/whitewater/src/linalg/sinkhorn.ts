// Entropic optimal transport between equally many points: the plan P that minimises <P, C> - epsilon H(P) under uniform marginals,
// by Sinkhorn's iterations (Cuturi 2013, NeurIPS).

export interface EntropicRequest {
  /** Strength of the entropy in units of the cost, above 0. */
  readonly epsilon: number
  /** Most sweeps over the plan, at least 1. */
  readonly sweeps: number
  /** Mean |column sum - 1| at which to stop. */
  readonly tolerance: number
  /** Row prices to start from, [n], such as those of a larger epsilon. */
  readonly rowPrice?: Float64Array
}

export interface EntropicPlan {
  /** n P, [n, n] row-major: rows sum to 1, columns to 1 within `error` on average. */
  readonly values: Float64Array
  /** Dual price of each row, [n], in units of the cost. */
  readonly rowPrice: Float64Array
  readonly error: number
  readonly sweeps: number
}

/** Prices and scalings: n P_ij = a_i K_ij b_j with K_ij = exp((f_i + g_j - c_ij) / epsilon). */
interface Scaled {
  readonly cost: Float64Array
  readonly n: number
  readonly epsilon: number
  readonly f: Float64Array
  readonly g: Float64Array
  readonly kernel: Float64Array
  readonly a: Float64Array
  readonly b: Float64Array
}

/** Where scalings are absorbed: far inside float64's range, so that neither they nor what the kernel has lost can matter. */
const LARGEST_SCALING = 1e50

const isLarge = (scale: number): boolean => scale > LARGEST_SCALING || scale < 1 / LARGEST_SCALING

function fillKernel({ cost, n, epsilon, f, g, kernel }: Scaled): void {
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) kernel[at] = Math.exp((f[i] + g[j] - cost[at]) / epsilon)
  }
}

/**
 * Starts from given row prices, raised until none can go higher: no entry of K is then above 1, and every row and column
 * has an entry of 1, so that no sum is 0. What they were raised by goes into a.
 */
function begin(cost: Float64Array, n: number, epsilon: number, start?: Float64Array): Scaled {
  const before = start ?? new Float64Array(n)
  const f = new Float64Array(n).fill(Infinity)
  const g = new Float64Array(n).fill(Infinity)
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < n; j++, at++) g[j] = Math.min(g[j], cost[at] - before[i])
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < n; j++, at++) f[i] = Math.min(f[i], cost[at] - g[j])
  const a = f.map((price, i) =>
    start ? Math.max(1 / LARGEST_SCALING, Math.exp((start[i] - price) / epsilon)) : 1,
  )
  const scaled = { cost, n, epsilon, f, g, kernel: new Float64Array(n * n), a, b: new Float64Array(n) }
  fillKernel(scaled)
  return scaled
}

/** K^T a. */
function columnSums({ kernel, n, a }: Scaled): Float64Array {
  const columns = new Float64Array(n)
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < n; j++, at++) columns[j] += a[i] * kernel[at]
  return columns
}

/** a = 1 / (K b), which makes every row sum to 1, and K^T a into `columns`: one pass over K. */
function sweep({ kernel, n, a, b }: Scaled, columns: Float64Array): void {
  columns.fill(0)
  for (let i = 0; i < n; i++) {
    const start = i * n
    let total = 0
    for (let j = 0; j < n; j++) total += kernel[start + j] * b[j]
    const scale = 1 / total
    a[i] = scale
    for (let j = 0; j < n; j++) columns[j] += scale * kernel[start + j]
  }
}

/** Takes the scalings up into the prices. */
function absorb(scaled: Scaled): void {
  const { f, g, a, b, epsilon } = scaled
  a.forEach((scale, i) => (f[i] += epsilon * Math.log(scale)))
  b.forEach((scale, j) => (g[j] += epsilon * Math.log(scale)))
  fillKernel(scaled)
  a.fill(1)
  b.fill(1)
}

/**
 * The entropic plan of a row-major n x n cost. The scalings work on a kernel that holds the prices so far (Schmitzer 2019,
 * SIAM J. Sci. Comput. 41): as stable as iterating in the log domain, without its n^2 exponentials a sweep.
 * @throws RangeError unless epsilon is positive
 */
export function entropicPlan(
  cost: Float64Array,
  n: number,
  { epsilon, sweeps, tolerance, rowPrice: start }: EntropicRequest,
): EntropicPlan {
  if (!(epsilon > 0)) throw new RangeError(`epsilon is ${epsilon}, expected a positive number`)
  const scaled = begin(cost, n, epsilon, start)
  const { a, b, f, kernel } = scaled
  const columns = columnSums(scaled)
  let done = 0
  let error = Infinity
  while (done < sweeps && error > tolerance) {
    for (let j = 0; j < n; j++) b[j] = 1 / columns[j]
    if (a.some(isLarge) || b.some(isLarge)) absorb(scaled)
    sweep(scaled, columns)
    error = columns.reduce((sum, total, j) => sum + Math.abs(total * b[j] - 1), 0) / n
    done++
  }
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < n; j++, at++) kernel[at] *= a[i] * b[j]
  const rowPrice = f.map((price, i) => price + epsilon * Math.log(a[i]))
  return { values: kernel, rowPrice, error, sweeps: done }
}
