// PCA-cor whitening, W = diag(theta^-1/2) G^T V^-1/2 with V = diag(Sigma) and the correlation P = G diag(theta) G^T (Kessy, Lewin &
// Strimmer 2018): principal components of the standardised data at unit variance.
import type { Preconditioner } from '../preconditioner.ts'
import { whiten, whiteningKind, type WhiteningOptions } from './whiten.ts'

/**
 * Standardises, then `pca`: the components do not depend on the units of the features, and the first ones hold what most features
 * share. For tables of mixed units in front of an mlp; as `pca`, not for images. Cost O(n d^2 + d^3); exact inverse.
 */
export const pcaCor = (options?: WhiteningOptions): Preconditioner => whiten('pca-cor', options)

export const pcaCorKind = whiteningKind(
  'pca-cor',
  'W = diag(theta^-1/2) G^T V^-1/2: pca of the standardised data, whatever the units',
)
