// Entropic optimal transport: the plan that minimises <P, C> - epsilon H(P), by Sinkhorn's iterations, and pairs drawn from it.
import type { RandomStream } from '@whitewater/tensor'
import { usageError } from '../../errors.ts'
import { withinClasses, type Coupling } from './coupling.ts'
import { squaredDistances } from './cost.ts'

export interface SinkhornOptions {
  /** Strength of the entropy relative to the mean cost, above 0; 0.05 unless given. Small: nearly the permutation. */
  readonly epsilon?: number
  /** Most sweeps over the plan; 200 unless given. */
  readonly iterations?: number
  /** Mean error |column sum - 1| at which to stop, rows being exact; 1e-3 unless given. */
  readonly tolerance?: number
}

/** A plan [n, n] times n: rows (data) sum to 1, columns (noise) to 1 within `error`. */
export interface Plan {
  readonly values: Float64Array
  readonly n: number
  readonly error: number
  readonly iterations: number
}

/** P = diag(exp f) exp(-C / epsilon) diag(exp g), with the exponents of P's entries, f_i + g_j - c_ij, kept as a kernel. */
interface Potentials {
  readonly f: Float64Array
  readonly g: Float64Array
}

/** -log sum exp over each row of g_j - c_ij, and then over each column of f_i - c_ij: one sweep that cannot overflow. */
function firstSweep(cost: Float64Array, n: number): Potentials {
  const f = new Float64Array(n)
  const least = new Float64Array(n).fill(Infinity)
  for (let i = 0; i < n; i++) {
    const row = cost.subarray(i * n, (i + 1) * n)
    const smallest = row.reduce((a, b) => Math.min(a, b))
    f[i] = smallest - Math.log(row.reduce((total, c) => total + Math.exp(smallest - c), 0))
    for (let j = 0; j < n; j++) least[j] = Math.min(least[j], row[j] - f[i])
  }
  const totals = new Float64Array(n)
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < n; j++, at++) totals[j] += Math.exp(f[i] - cost[at] + least[j])
  return { f, g: totals.map((total, j) => least[j] - Math.log(total)) }
}

function fillKernel(kernel: Float64Array, cost: Float64Array, n: number, { f, g }: Potentials): void {
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) kernel[at] = Math.exp(f[i] + g[j] - cost[at])
  }
}

/** a = 1 / (K b), which makes every row sum to 1, and K^T a into `columns`: one pass over K. */
function sweep(kernel: Float64Array, n: number, a: Float64Array, b: Float64Array, columns: Float64Array) {
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

/** Beyond this the scalings are taken up into the potentials, so that neither they nor the kernel leave float64's range. */
const ABSORB = 1e50

/**
 * The entropic plan of a row-major n x n cost in units of epsilon. Sinkhorn's scalings over a kernel that already holds
 * the potentials (stabilised: Schmitzer 2019, SIAM J. Sci. Comput. 41), which is the log-domain iteration without its
 * n^2 exponentials a sweep.
 */
export function entropicPlan(
  cost: Float64Array,
  n: number,
  { iterations, tolerance }: Required<Omit<SinkhornOptions, 'epsilon'>>,
): Plan {
  const potentials = firstSweep(cost, n)
  const { f, g } = potentials
  const kernel = new Float64Array(n * n)
  fillKernel(kernel, cost, n, potentials)
  const [a, b, columns] = [new Float64Array(n), new Float64Array(n).fill(1), new Float64Array(n)]
  let [done, error] = [0, Infinity]
  while (done < iterations) {
    done++
    sweep(kernel, n, a, b, columns)
    error = 0
    for (let j = 0; j < n; j++) error += Math.abs(columns[j] * b[j] - 1) / n
    if (error <= tolerance || done === iterations) break
    let largest = 0
    for (let j = 0; j < n; j++) {
      b[j] = 1 / columns[j]
      largest = Math.max(largest, b[j], columns[j])
    }
    if (largest < ABSORB) continue
    for (let i = 0; i < n; i++) f[i] += Math.log(a[i])
    for (let j = 0; j < n; j++) g[j] += Math.log(b[j])
    fillKernel(kernel, cost, n, potentials)
    b.fill(1)
  }
  for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < n; j++, at++) kernel[at] *= a[i] * b[j]
  return { values: kernel, n, error, iterations: done }
}

/** A column for each row of the plan, drawn with the row's probabilities: every row is used once, a column once on average. */
export function drawPairs({ values, n }: Plan, stream: RandomStream): Int32Array {
  const uniforms = stream.uniform(n)
  return Int32Array.from(uniforms, (uniform, i) => {
    let below = uniform
    for (let j = 0; j < n - 1; j++) {
      below -= values[i * n + j]
      if (below < 0) return j
    }
    return n - 1
  })
}

function checkOptions({ epsilon, iterations, tolerance }: Required<SinkhornOptions>): void {
  if (!(epsilon > 0 && epsilon < Infinity))
    throw usageError(`sinkhorn got epsilon ${epsilon}, expected a number above 0: a share of the mean cost`)
  if (!(Number.isSafeInteger(iterations) && iterations >= 1))
    throw usageError(`sinkhorn got ${iterations} iterations, expected a whole number of at least 1`)
  if (!(tolerance >= 0))
    throw usageError(`sinkhorn got tolerance ${tolerance}, expected a number of at least 0`)
}

/**
 * Pairs drawn from the entropic plan of each batch: between the independent coupling (epsilon large) and optimal transport
 * (epsilon small), O(n^2) a sweep. Iterations that run out leave the data's marginal exact and the noise's nearly so.
 * Cuturi (2013, NeurIPS), Pooladian et al. (2023), Tong et al. (2024).
 * @throws WhitewaterError (usage) for options out of range
 */
export function sinkhorn(options: SinkhornOptions = {}): Coupling {
  const { epsilon = 0.05, iterations = 200, tolerance = 1e-3 } = options
  checkOptions({ epsilon, iterations, tolerance })
  return withinClasses('sinkhorn', ({ x0, x1, n, d, stream }) => {
    const cost = squaredDistances(x1, x0, n, d)
    const unit = (epsilon * cost.reduce((sum, c) => sum + c, 0)) / (n * n)
    // All points in one place: any plan is optimal, and there is no unit to measure in.
    const scaled = unit > 0 ? cost.map((c) => c / unit) : cost
    return drawPairs(entropicPlan(scaled, n, { iterations, tolerance }), stream)
  })
}
