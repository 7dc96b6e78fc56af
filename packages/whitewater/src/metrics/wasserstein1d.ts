// Exact Wasserstein distances on the line: the quantile coupling of two sorted samples of any sizes.

export interface LineDistances {
  readonly w1: number
  /** W2^2. */
  readonly w2Squared: number
}

/**
 * W1 and W2^2 of two ascending arrays as uniform measures. Each of the n values of `a` holds m units of mass, each of the m values of
 * `b` n units, so the coupling is exact in integers.
 */
export function sortedLineDistances(a: Float64Array, b: Float64Array): LineDistances {
  const n = a.length
  const m = b.length
  let w1 = 0
  let w2Squared = 0
  let i = 0
  let j = 0
  let leftInA = m
  let leftInB = n
  while (i < n && j < m) {
    const mass = Math.min(leftInA, leftInB)
    const difference = Math.abs(a[i] - b[j])
    w1 += mass * difference
    w2Squared += mass * difference * difference
    leftInA -= mass
    leftInB -= mass
    if (leftInA === 0) {
      i++
      leftInA = m
    }
    if (leftInB === 0) {
      j++
      leftInB = n
    }
  }
  return { w1: w1 / (n * m), w2Squared: w2Squared / (n * m) }
}

/** W1 and W2^2 between two samples on the line, of equal or unequal sizes. */
export const lineDistances = (a: ArrayLike<number>, b: ArrayLike<number>): LineDistances =>
  sortedLineDistances(Float64Array.from(a).sort(), Float64Array.from(b).sort())
