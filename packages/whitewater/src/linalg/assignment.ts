// Linear assignment: the permutation of least total cost, by the algorithm of Jonker & Volgenant (1987, Computing 38), O(n^3).
// Exact optimal transport between two equally many points, for minibatch couplings and as a reference.
import { entropicPlan } from './sinkhorn.ts'

/** The optimum and its proof: row price + column price <= cost everywhere, with equality on the assigned pairs. */
export interface Assignment {
  /** Column assigned to each row, [n]. */
  readonly columnOf: Int32Array
  /** Dual prices, [n] each; their sum is the total cost. */
  readonly rowPrice: Float64Array
  readonly columnPrice: Float64Array
}

/** A partial assignment (-1 where free) in which every assigned row holds its cheapest column at these prices. */
interface Partial {
  readonly cost: Float64Array
  readonly n: number
  readonly columnOf: Int32Array
  readonly rowOf: Int32Array
  readonly price: Float64Array
}

/** Entropies, as shares of the mean cost, and sweeps at each: rough prices do, and finer ones take longer than they save. */
const ROUGH_SWEEPS = [
  { share: 0.05, sweeps: 5 },
  { share: 0.005, sweeps: 10 },
]

/**
 * Row prices to start from: those of a rough entropic plan. Without them rows compete for the same columns, and clustered
 * points take several times as long. The optimum does not depend on them.
 */
function roughPrices(cost: Float64Array, n: number): Float64Array {
  const least = cost.reduce((a, b) => Math.min(a, b), Infinity)
  const scale = cost.reduce((sum, c) => sum + (c - least), 0) / (n * n)
  let rowPrice: Float64Array = new Float64Array(n)
  if (!(scale > 0)) return rowPrice
  for (const { share, sweeps } of ROUGH_SWEEPS)
    rowPrice = entropicPlan(cost, n, { epsilon: share * scale, sweeps, tolerance: 0, rowPrice }).rowPrice
  return rowPrice
}

/** Column reduction: prices every column for its cheapest row, and gives each row at most one of the columns it is cheapest for. */
function reduceColumns({ cost, n, columnOf, rowOf, price }: Partial, rowPrice: Float64Array): Uint8Array {
  price.fill(Infinity)
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < n; j++, at++) {
      if (cost[at] - rowPrice[i] < price[j]) {
        price[j] = cost[at] - rowPrice[i]
        rowOf[j] = i
      }
    }
  }
  const contested = new Uint8Array(n)
  for (let j = n - 1; j >= 0; j--) {
    const i = rowOf[j]
    if (columnOf[i] < 0) {
      columnOf[i] = j
    } else {
      contested[i] = 1
      rowOf[j] = -1
    }
  }
  return contested
}

/** Reduction transfer: a row that is cheapest for one column only may pay less for it, by the margin to its second best. */
function transferReductions({ cost, n, columnOf, price }: Partial, contested: Uint8Array): void {
  for (let i = 0; i < n; i++) {
    const own = columnOf[i]
    if (own < 0 || contested[i]) continue
    let second = Infinity
    for (let j = 0, at = i * n; j < n; j++, at++) {
      if (j !== own && cost[at] - price[j] < second) second = cost[at] - price[j]
    }
    price[own] = cost[i * n + own] - second
  }
}

/** Rows that may be tried again at once, a row: past it, rows that compete by ever smaller steps are left to the searches. */
const TRIALS_A_ROW = 4

/**
 * Augmenting row reduction: each free row takes its cheapest column, lowers its price to the second best, and sets free
 * the row that held it. Leaves the rows that are still free in the first entries of `free`.
 * @returns how many they are
 */
function reduceRows({ cost, n, columnOf, rowOf, price }: Partial, free: Int32Array, count: number): number {
  let current = 0
  let left = 0
  let trials = 0
  while (current < count) {
    const i = free[current++]
    let first = 0
    let second = -1
    let lowest = cost[i * n] - price[0]
    let next = Infinity
    for (let j = 1, at = i * n + 1; j < n; j++, at++) {
      const reduced = cost[at] - price[j]
      if (reduced >= next) continue
      if (reduced >= lowest) {
        next = reduced
        second = j
      } else {
        next = lowest
        second = first
        lowest = reduced
        first = j
      }
    }
    const lowered = price[first] - (next - lowest)
    // Compared after rounding: costs that tie to the last bit would otherwise evict each other for ever.
    const lowers = lowered < price[first]
    const again = lowers && trials++ < TRIALS_A_ROW * n
    if (lowers) price[first] = lowered
    else if (rowOf[first] >= 0) first = second
    const evicted = rowOf[first]
    columnOf[i] = first
    rowOf[first] = i
    if (evicted < 0) continue
    columnOf[evicted] = -1
    if (again) free[--current] = evicted
    else free[left++] = evicted
  }
  return left
}

/** What a search has reached: `columns` lists the settled ones, then those at the present distance, then the rest. */
interface Search {
  readonly columns: Int32Array
  readonly distance: Float64Array
  readonly from: Int32Array
}

/** Moves the columns at least distance, of those from `start` on, to the front. Returns where they end. */
function nearest({ columns, distance }: Search, n: number, start: number): number {
  let end = start + 1
  let least = distance[columns[start]]
  for (let k = end; k < n; k++) {
    const j = columns[k]
    const d = distance[j]
    if (d > least) continue
    if (d < least) {
      end = start
      least = d
    }
    columns[k] = columns[end]
    columns[end++] = j
  }
  return end
}

/** The free column nearest to a free row in reduced costs (Dijkstra); raises prices so that the path to it is tight. */
function shortestPath(partial: Partial, search: Search, start: number): number {
  const { cost, n, rowOf, price } = partial
  const { columns, distance, from } = search
  for (let j = 0; j < n; j++) {
    columns[j] = j
    from[j] = start
    distance[j] = cost[start * n + j] - price[j]
  }
  let settled = 0
  let low = 0
  let high = 0
  let found = -1
  while (found < 0) {
    if (low === high) {
      settled = low
      high = nearest(search, n, low)
      for (let k = low; k < high && found < 0; k++) if (rowOf[columns[k]] < 0) found = columns[k]
      continue
    }
    const column = columns[low++]
    const row = rowOf[column]
    const reached = distance[column]
    const offset = cost[row * n + column] - price[column] - reached
    for (let k = high; k < n; k++) {
      const j = columns[k]
      const d = cost[row * n + j] - price[j] - offset
      if (d >= distance[j]) continue
      distance[j] = d
      from[j] = row
      if (d > reached) continue
      if (rowOf[j] < 0) {
        found = j
        break
      }
      columns[k] = columns[high]
      columns[high++] = j
    }
  }
  const total = distance[found]
  for (let k = 0; k < settled; k++) price[columns[k]] += distance[columns[k]] - total
  return found
}

function augment({ columnOf, rowOf }: Partial, { from }: Search, start: number, end: number): void {
  let column = end
  let row = -1
  while (row !== start) {
    row = from[column]
    rowOf[column] = row
    const before = columnOf[row]
    columnOf[row] = column
    column = before
  }
}

function checkCosts(cost: Float64Array, n: number): void {
  if (cost.length !== n * n) throw new RangeError(`got ${cost.length} costs, expected ${n} x ${n}`)
  const wrong = cost.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) throw new RangeError(`cost ${wrong} is ${cost[wrong]}, expected finite costs`)
}

/**
 * The assignment of least total cost for a row-major n x n cost, with its dual prices.
 * @throws RangeError when the costs are not n^2 finite numbers
 */
export function solveAssignment(cost: Float64Array, n: number): Assignment {
  checkCosts(cost, n)
  const columnOf = new Int32Array(n).fill(-1)
  const rowOf = new Int32Array(n).fill(-1)
  const price = new Float64Array(n)
  const partial: Partial = { cost, n, columnOf, rowOf, price }
  const contested = reduceColumns(partial, roughPrices(cost, n))
  const free = new Int32Array(n)
  let count = 0
  // One pair has no second best.
  if (n > 1) {
    transferReductions(partial, contested)
    for (let i = 0; i < n; i++) if (columnOf[i] < 0) free[count++] = i
    for (let pass = 0; pass < 2; pass++) count = reduceRows(partial, free, count)
  }
  const search = { columns: new Int32Array(n), distance: new Float64Array(n), from: new Int32Array(n) }
  for (let k = 0; k < count; k++) augment(partial, search, free[k], shortestPath(partial, search, free[k]))
  const rowPrice = Float64Array.from(columnOf, (j, i) => cost[i * n + j] - price[j])
  return { columnOf, rowPrice, columnPrice: price }
}

/** Column assigned to each row, [n]: `solveAssignment` without its prices. */
export const assign = (cost: Float64Array, n: number): Int32Array => solveAssignment(cost, n).columnOf
