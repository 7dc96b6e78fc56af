// PCA whitening, W = diag(lambda^-1/2) U^T with Sigma = U diag(lambda) U^T (Kessy, Lewin & Strimmer 2018): principal components at
// unit variance.
import type { Preconditioner } from '../preconditioner.ts'
import { whiten, whiteningKind, type WhiteningOptions } from './whiten.ts'

/**
 * z = diag(lambda^-1/2) U^T (x - mean), widest component first, with diag(U) >= 0. The same kappa as every whitening. The first
 * coordinates hold what there is to see, which suits networks without a sense of place (mlp) and data to be cut to a few components;
 * it mixes all pixels, so convolutions and attention over patches lose their neighbourhood: take zca there. Cost O(n d^2 + d^3).
 */
export const pca = (options?: WhiteningOptions): Preconditioner => whiten('pca', options)

export const pcaKind = whiteningKind(
  'pca',
  'W = diag(lambda^-1/2) U^T: principal components at unit variance, widest first; for networks without neighbourhoods',
)
