// ZCA whitening, W = Sigma^-1/2 (Theorem 4.1a; Kessy, Lewin & Strimmer 2018): the whitening closest to the data itself.
import type { Preconditioner } from '../preconditioner.ts'
import { whiten, whiteningKind, type WhiteningOptions } from './whiten.ts'

export type ZcaOptions = WhiteningOptions

/**
 * z = Sigma^-1/2 (x - mean), kappa = 1 along the whole path for Gaussian data. W is symmetric, and of all whitenings it moves the data
 * least (E|z - (x - mean)|^2 is smallest), so that images stay images and a convolution still finds neighbours. The one to begin with;
 * where features have different units, zca-cor. Cost O(n d^2 + d^3); exact inverse.
 */
export const zca = (options?: ZcaOptions): Preconditioner => whiten('zca', options)

export const zcaKind = whiteningKind(
  'zca',
  'W = Sigma^-1/2, closest to the data: kappa = 1 along the path of Gaussian data; O(n d^2 + d^3)',
)
