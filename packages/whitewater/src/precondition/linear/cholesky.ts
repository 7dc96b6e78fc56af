// Cholesky whitening, W = L^-1 with Sigma = L L^T, lower triangular: coordinate j is what feature j adds to those before it.
import type { Preconditioner } from '../preconditioner.ts'
import { whiten, whiteningKind, type WhiteningOptions } from './whiten.ts'

/**
 * z_j is the standardised residual of x_j given x_0 .. x_{j-1}: the linear autoregressive map, and the only whitening that is lower
 * triangular with a positive diagonal. For features with an order (time series, sequences), where z must not look ahead; the order
 * matters, and for images it has none: take zca. Cost O(n d^2 + d^3); exact inverse.
 */
export const cholesky = (options?: WhiteningOptions): Preconditioner => whiten('cholesky', options)

export const choleskyKind = whiteningKind(
  'cholesky',
  'W = L^-1 with Sigma = L L^T: each feature given those before it; for features with an order',
)
