// ZCA-cor whitening, W = P^-1/2 V^-1/2 with V = diag(Sigma) and the correlation P (Kessy, Lewin & Strimmer 2018): the whitening closest
// to the standardised data.
import type { Preconditioner } from '../preconditioner.ts'
import { whiten, whiteningKind, type WhiteningOptions } from './whiten.ts'

/**
 * Standardises, then whitens symmetrically. The units of the features leave no trace, and every z_j stays as close to its own x_j as
 * any whitening lets it, however narrow x_j is; the floor is relative to the correlation's eigenvalues, so that a narrow but independent
 * feature is not floored. For tables and latents of mixed scales; where all features share a unit, zca is closer. Cost O(n d^2 + d^3).
 */
export const zcaCor = (options?: WhiteningOptions): Preconditioner => whiten('zca-cor', options)

export const zcaCorKind = whiteningKind(
  'zca-cor',
  'W = P^-1/2 V^-1/2, closest to the standardised data: zca for features of different units',
)
