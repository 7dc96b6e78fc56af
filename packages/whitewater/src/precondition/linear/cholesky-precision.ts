// Cholesky whitening of the precision, W = L^T with Sigma^-1 = L L^T, upper triangular: coordinate j is what feature j adds to those
// after it. Cholesky whitening as Kessy, Lewin & Strimmer 2018 define it.
import type { Preconditioner } from '../preconditioner.ts'
import { whiten, whiteningKind, type WhiteningOptions } from './whiten.ts'

/**
 * z_j is the standardised residual of x_j given x_{j+1} .. x_{d-1}: `cholesky` in reverse order, with the same cost. For sequences
 * that are read from their end, and for comparison with results that used the paper's definition.
 */
export const choleskyPrecision = (options?: WhiteningOptions): Preconditioner =>
  whiten('cholesky-precision', options)

export const choleskyPrecisionKind = whiteningKind(
  'cholesky-precision',
  'W = L^T with Sigma^-1 = L L^T: each feature given those after it',
)
