// Linear assignment: the permutation of least total cost, by shortest augmenting paths (Jonker & Volgenant 1987), O(n^3).
// Exact optimal transport between two equally many points, for minibatch couplings and as a reference.

/** Dual prices, the partial matching, and what one search has reached. Index n is the search's artificial column. */
interface Search {
  readonly rowPrice: Float64Array
  readonly columnPrice: Float64Array
  readonly rowOf: Int32Array
  readonly slack: Float64Array
  readonly from: Int32Array
  readonly done: Uint8Array
}

/** Relaxes the columns reachable from the row matched to `column`; returns the nearest open column and its distance. */
function relax(cost: Float64Array, n: number, column: number, search: Search): [next: number, delta: number] {
  const { rowPrice, columnPrice, rowOf, slack, from, done } = search
  const row = rowOf[column]
  let [next, delta] = [-1, Infinity]
  for (let j = 0; j < n; j++) {
    if (done[j]) continue
    const reduced = cost[row * n + j] - rowPrice[row] - columnPrice[j]
    if (reduced < slack[j]) {
      slack[j] = reduced
      from[j] = column
    }
    if (slack[j] < delta) {
      delta = slack[j]
      next = j
    }
  }
  return [next, delta]
}

function movePrices(n: number, delta: number, { rowPrice, columnPrice, rowOf, slack, done }: Search): void {
  for (let j = 0; j <= n; j++) {
    if (done[j]) {
      rowPrice[rowOf[j]] += delta
      columnPrice[j] -= delta
    } else {
      slack[j] -= delta
    }
  }
}

/**
 * Column assigned to each row, [n], of a row-major n x n cost, minimising the total.
 * @throws RangeError when the costs are not n^2 finite numbers
 */
export function assign(cost: Float64Array, n: number): Int32Array {
  if (cost.length !== n * n) throw new RangeError(`got ${cost.length} costs, expected ${n} x ${n}`)
  const wrong = cost.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) throw new RangeError(`cost ${wrong} is ${cost[wrong]}, expected finite costs`)
  const search: Search = {
    rowPrice: new Float64Array(n),
    columnPrice: new Float64Array(n + 1),
    rowOf: new Int32Array(n + 1).fill(-1),
    slack: new Float64Array(n + 1),
    from: new Int32Array(n + 1),
    done: new Uint8Array(n + 1),
  }
  const { rowOf, slack, from, done } = search
  for (let row = 0; row < n; row++) {
    slack.fill(Infinity)
    done.fill(0)
    rowOf[n] = row
    let column = n
    while (rowOf[column] >= 0) {
      done[column] = 1
      const [next, delta] = relax(cost, n, column, search)
      movePrices(n, delta, search)
      column = next
    }
    for (; column !== n; column = from[column]) rowOf[column] = rowOf[from[column]]
  }
  const assignment = new Int32Array(n)
  for (let j = 0; j < n; j++) assignment[rowOf[j]] = j
  return assignment
}
