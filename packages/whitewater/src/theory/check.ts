// What the formulas of this room demand of their arguments, each in one line.
import { usageError } from '../errors.ts'
import type { Matrix } from '../linalg/matrix.ts'

/** Largest |a_ij - a_ji|, relative to the largest entry, that passes for rounding. */
const MOST_ASYMMETRY = 1e-10

export function checkTime(t: number, name = 't'): void {
  if (!(t >= 0 && t <= 1)) throw usageError(`got ${name} = ${t}, expected 0 <= ${name} <= 1`)
}

export function checkPositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity))
    throw usageError(`got ${name} = ${value}, expected a finite ${name} > 0`)
}

/** `epsilon` by which an error is to shrink. */
export function checkFraction(name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw usageError(`got ${name} = ${value}, expected 0 < ${name} < 1`)
}

export function checkCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw usageError(`got ${name} = ${value}, expected an integer >= 0`)
}

export function checkShape(name: string, { rows, columns }: Matrix, d: number): void {
  if (rows !== d || columns !== d)
    throw usageError(`${name} is ${rows} x ${columns}, expected ${d} x ${d} as the covariance is`)
}

export function checkPoint(x: ArrayLike<number>, d: number, name = 'x'): void {
  if (x.length !== d)
    throw usageError(`${name} has ${x.length} entries, expected ${d}: the covariance is ${d} x ${d}`)
}

/** Square, finite and symmetric to rounding. */
export function checkSymmetric(a: Matrix, name = 'covariance'): void {
  const { data, rows: n, columns } = a
  if (n !== columns || n === 0)
    throw usageError(`${name} is ${n} x ${columns}, expected a square matrix of at least 1 x 1`)
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (!Number.isFinite(largest)) {
    const at = data.findIndex((value) => !Number.isFinite(value))
    throw usageError(
      `${name} holds ${data[at]} at (${Math.floor(at / n)}, ${at % n}), expected finite entries`,
    )
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const lower = data[i * n + j]
      const upper = data[j * n + i]
      if (Math.abs(lower - upper) > MOST_ASYMMETRY * largest) {
        throw usageError(
          `${name} is not symmetric: (${i}, ${j}) is ${lower}, (${j}, ${i}) is ${upper}; expected A = A^T, such as (A + A^T) / 2`,
        )
      }
    }
  }
}

const short = (value: number): number => Number(value.toPrecision(4))

/** Smallest of descending eigenvalues above what rounding makes of 0. */
export function checkPositiveDefinite(values: Float64Array, name = 'covariance'): void {
  const smallest = values[values.length - 1]
  if (!(smallest > values.length * Number.EPSILON * values[0])) {
    throw usageError(
      `${name} is not positive definite: its smallest eigenvalue is ${short(smallest)}, its largest ${short(values[0])}; add a small multiple of the identity`,
    )
  }
}
