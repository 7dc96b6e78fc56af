// Eigendecomposition of large symmetric matrices: by the system's LAPACK where there is one, else by our own code.
import { failureError } from '../errors.ts'
import { eigenSymmetric, eigenvaluesSymmetric, type Eigen } from './eigen.ts'
import type { Matrix } from './matrix.ts'

export type EigenSolver = 'lapack' | 'own'

export interface SymmetricEigen extends Eigen {
  readonly solver: EigenSolver
  /** For people: 'LAPACK dsyevd (libopenblas.so.0)' or 'built-in Householder + QL'. */
  readonly solverName: string
}

export interface SymmetricEigenvalues {
  /** Descending, [n]. */
  readonly values: Float64Array
  readonly solver: EigenSolver
  readonly solverName: string
}

export interface EigenOptions {
  /** 'auto' unless given: LAPACK where it is present and the order is large enough for it to pay. */
  readonly solver?: 'auto' | EigenSolver
}

const own = { solver: 'own', solverName: 'built-in Householder + QL' } as const

function requireOwn(solver: 'auto' | EigenSolver): void {
  if (solver === 'lapack') throw failureError('LAPACK is not there yet')
}

/** As `eigenSymmetric`, and which solver it was. */
export async function eigenOf(a: Matrix, { solver = 'auto' }: EigenOptions = {}): Promise<SymmetricEigen> {
  requireOwn(solver)
  return await Promise.resolve({ ...eigenSymmetric(a), ...own })
}

/** As `eigenvaluesSymmetric`, and which solver it was. */
export async function eigenvaluesOf(
  a: Matrix,
  { solver = 'auto' }: EigenOptions = {},
): Promise<SymmetricEigenvalues> {
  requireOwn(solver)
  return await Promise.resolve({ values: eigenvaluesSymmetric(a), ...own })
}
