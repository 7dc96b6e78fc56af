// What a coupling is: which noise each sample of a batch is paired with, before flow matching draws its straight lines between them.
import type { RandomStream } from '@whitewater/tensor'

export interface Batch {
  /** Rows. */
  readonly n: number
  /** Numbers a row. */
  readonly d: number
  /** Class of each data row, [n], where the flow is conditional: noise is then paired within a class only. */
  readonly labels?: Int32Array
  /** For the couplings that draw. */
  readonly stream: RandomStream
}

export interface Coupling {
  readonly name: string
  /**
   * @param x0 noise, [n, d]
   * @param x1 data, [n, d]
   * @returns index of the row of x0 that goes with each row of x1, [n]
   */
  pair(x0: Float32Array, x1: Float32Array, batch: Batch): Int32Array
}

/** Noise and data of equally many rows, of one class: what a coupling solves at once. */
export interface Problem {
  readonly x0: Float32Array
  readonly x1: Float32Array
  readonly n: number
  readonly d: number
  readonly stream: RandomStream
}

/** The rows of each class, in order; all rows as one group without labels. */
function rowsByClass(n: number, labels: Int32Array | undefined): Int32Array[] {
  if (!labels) return [Int32Array.from({ length: n }, (_, i) => i)]
  if (labels.length !== n) throw new RangeError(`got ${labels.length} labels for ${n} rows`)
  const rows = new Map<number, number[]>()
  labels.forEach((label, i) => {
    const known = rows.get(label)
    if (known) known.push(i)
    else rows.set(label, [i])
  })
  return [...rows.values()].map((group) => Int32Array.from(group))
}

function rowsOf(x: Float32Array, rows: Int32Array, d: number): Float32Array {
  const result = new Float32Array(rows.length * d)
  rows.forEach((row, k) => result.set(x.subarray(row * d, (row + 1) * d), k * d))
  return result
}

/**
 * A coupling from how it pairs one class. Each class is given the noise rows that stand beside its data rows: noise is
 * independent and identically distributed, so it does not matter which, and the marginal of every class stays N(0, I).
 */
export const withinClasses = (name: string, solve: (problem: Problem) => Int32Array): Coupling => ({
  name,
  pair(x0, x1, { n, d, labels, stream }) {
    for (const x of [x0, x1])
      if (x.length !== n * d) throw new RangeError(`a batch of ${x.length} numbers, expected ${n} x ${d}`)
    const result = new Int32Array(n)
    for (const rows of rowsByClass(n, labels)) {
      const whole = rows.length === n
      const part = whole ? { x0, x1 } : { x0: rowsOf(x0, rows, d), x1: rowsOf(x1, rows, d) }
      const pairs = solve({ ...part, n: rows.length, d, stream })
      rows.forEach((row, k) => (result[row] = rows[pairs[k]]))
    }
    return result
  },
})
