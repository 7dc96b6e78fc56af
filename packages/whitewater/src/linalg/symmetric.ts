// Eigendecomposition of large symmetric matrices: by the system's LAPACK where there is one, else by our own code.
import { platform } from '#platform'
import { failureError } from '../errors.ts'
import {
  eigenSymmetric,
  eigenvaluesSymmetric,
  largestIsNegative,
  requireFinite,
  type Eigen,
} from './eigen.ts'
import { LARGEST_ORDER, type Found, type Lapack } from './lapack.ts'
import { matrix, transpose, type Matrix } from './matrix.ts'

export type EigenSolver = 'lapack' | 'own'

interface SolvedBy {
  readonly solver: EigenSolver
  /** For people: 'LAPACK dsyevd (libopenblas.so.0)' or 'built-in Householder + QL'. */
  readonly solverName: string
}

export interface SymmetricEigen extends Eigen, SolvedBy {}

export interface SymmetricEigenvalues extends SolvedBy {
  /** Descending, [n]. */
  readonly values: Float64Array
}

export interface EigenOptions {
  /**
   * 'auto' unless given: LAPACK where it is present and the order is large enough for it to pay. The environment variable
   * WHITEWATER_LAPACK switches it off (`off`) or names the library to use (`libopenblas.so.0`, `/opt/lib/libmkl_rt.so.2`).
   */
  readonly solver?: 'auto' | EigenSolver
}

/**
 * Order from which a call into LAPACK pays: OpenBLAS and the reference LAPACK are level with our own code at about 50 and three to
 * eight times as quick here, but looking for them takes 50 ms once. Below it, results are the same bits on every machine.
 */
const LEAST_LAPACK_ORDER = 128

interface Choice {
  readonly lapack?: Lapack
  readonly by: SolvedBy
}

const own = (why?: string): Choice => ({
  by: { solver: 'own', solverName: `built-in Householder + QL${why ? ` (${why})` : ''}` },
})

async function choose(n: number, wanted: 'auto' | EigenSolver): Promise<Choice> {
  if (wanted === 'own' || (wanted === 'auto' && n < LEAST_LAPACK_ORDER)) return own()
  const found: Found =
    n > LARGEST_ORDER
      ? { reason: `order ${n} is beyond LAPACK's 32-bit integers` }
      : await platform.findLapack()
  if (found.lapack) {
    return {
      lapack: found.lapack,
      by: { solver: 'lapack', solverName: `LAPACK dsyevd (${found.lapack.library})` },
    }
  }
  if (wanted === 'auto') return own(found.reason)
  throw failureError(
    `LAPACK was asked for, but ${found.reason}: install it (Debian: libopenblas0-pthread or liblapack3) or let WHITEWATER_LAPACK name the library`,
  )
}

/** Eigenvalues, ascending; `a` becomes the eigenvectors as rows. */
async function run({ dsyevd, library }: Lapack, a: Float64Array, n: number, vectors: boolean) {
  try {
    return await dsyevd(a, n, vectors)
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw failureError(`${library}: ${what}; set WHITEWATER_LAPACK=off to do without it`, error)
  }
}

/** Rows in ascending order of their eigenvalues to columns in descending order, with the signs of `eigenSymmetric`. */
function descendingColumns(rows: Float64Array, n: number): Matrix {
  const sorted = matrix(n, n, rows)
  for (let i = 0, j = n - 1; i < j; i++, j--) {
    const upper = rows.slice(i * n, i * n + n)
    rows.copyWithin(i * n, j * n, j * n + n)
    rows.set(upper, j * n)
  }
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * n, i * n + n)
    if (largestIsNegative(row)) for (let k = 0; k < n; k++) row[k] = -row[k]
  }
  return transpose(sorted)
}

/**
 * As `eigenSymmetric`, by LAPACK where that pays, off the main thread, and says which solver it was. `a` is left as it is.
 * @throws RangeError as `eigenSymmetric`; WhitewaterError (failure) when LAPACK is asked for and there is none
 */
export async function eigenOf(a: Matrix, { solver = 'auto' }: EigenOptions = {}): Promise<SymmetricEigen> {
  const n = requireFinite(a)
  const { lapack, by } = await choose(n, solver)
  if (!lapack) return { ...eigenSymmetric(a), ...by }
  const rows = a.data.slice()
  const values = await run(lapack, rows, n, true)
  return { values: values.reverse(), vectors: descendingColumns(rows, n), ...by }
}

/** The eigenvalues alone, descending, in about half the time. @throws as `eigenOf` */
export async function eigenvaluesOf(
  a: Matrix,
  { solver = 'auto' }: EigenOptions = {},
): Promise<SymmetricEigenvalues> {
  const n = requireFinite(a)
  const { lapack, by } = await choose(n, solver)
  if (!lapack) return { values: eigenvaluesSymmetric(a), ...by }
  return { values: (await run(lapack, a.data.slice(), n, false)).reverse(), ...by }
}
