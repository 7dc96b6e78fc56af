// The whitenings of Kessy, Lewin & Strimmer 2018, W Sigma W^T = I (Theorem 4.1a), as preconditioners: what all six kinds share.
import { z } from 'zod'
import { blocksOf, flatBlocks } from '../../data/sample-blocks.ts'
import type { SampleBlocks } from '../../data/dataset.ts'
import { failureError, WhitewaterError } from '../../errors.ts'
import { ledoitWolf, meanFourthPower } from '../../linalg/shrinkage.ts'
import { correlationOf, correlationScales, whitenings, type WhiteningKind } from '../../linalg/whitening.ts'
import { affinePreconditioner, restoreAffine } from './affine.ts'
import { floorOption, kindOf, type Kind } from '../kind.ts'
import { momentsOfBlocks, type DataMoments } from './moments.ts'
import type { FittedPreconditioner, FitOptions, Preconditioner } from '../preconditioner.ts'

export interface WhiteningOptions {
  /**
   * Eigenvalues below floor x lambda_max are raised to it, so that rank-deficient data (fewer samples than dimensions,
   * constant pixels) stays invertible; those directions come out with less than unit variance. 1e-6 unless given.
   */
  readonly floor?: number
  /**
   * rho in [0, 1]: the covariance (for -cor kinds the correlation) is drawn towards a multiple of the identity first, (1 - rho) Sigma
   * + rho mu I, which steadies the narrow directions of few samples. 'ledoit-wolf' estimates rho, with another pass over the samples,
   * so it cannot be fitted to moments. 'none' unless given.
   */
  readonly shrinkage?: number | 'none' | 'ledoit-wolf'
}

/** rho as Ledoit & Wolf 2004 estimate it, of what the kind whitens: the covariance, or the correlation. */
async function estimatedShrinkage(
  data: SampleBlocks,
  { covariance, mean }: DataMoments,
  { onCorrelation, floor }: { onCorrelation: boolean; floor: number },
): Promise<number> {
  const [count] = data.shape
  if (!onCorrelation) return ledoitWolf(covariance, await meanFourthPower(flatBlocks(data), mean), count)
  const scales = correlationScales(covariance, floor)
  const fourth = await meanFourthPower(flatBlocks(data), mean, scales)
  return ledoitWolf(correlationOf(covariance, scales), fourth, count)
}

interface Request {
  readonly kind: WhiteningKind
  readonly options: FittedPreconditioner['options']
  readonly floor: number
  /** rho. */
  readonly shrinkage: number
}

async function fitMoments(
  { name, features, mean, covariance, eigen }: DataMoments,
  { kind, options, floor, shrinkage }: Request,
  { engine }: FitOptions = {},
): Promise<FittedPreconditioner> {
  // Asked of the covariance itself, because rounding would give it an eigenvalue.
  if (covariance.data.every((value) => value === 0)) {
    throw failureError(`${name}: all features are constant, there is nothing to whiten`)
  }
  const found = await whitenings[kind]({ covariance, eigen }, { floor, shrinkage, engine }).catch(
    (error: unknown) => {
      throw error instanceof WhitewaterError ? failureError(`${name}: ${error.message}`, error) : error
    },
  )
  return affinePreconditioner(
    {
      kind,
      options,
      features,
      mean,
      forward: found.whiten.data,
      backward: found.colour.data,
      logDeterminant: found.logDeterminant,
      description: {
        floor,
        floored: found.flooredCount,
        features: mean.length,
        ...(shrinkage > 0 && { shrinkage }),
      },
    },
    engine,
  )
}

/** A whitening of one kind as a preconditioner. Cost O(n d^2 + d^3), O(d^2) a sample and direction; exact inverse. */
export function whiten(
  kind: WhiteningKind,
  { floor = 1e-6, shrinkage = 'none' }: WhiteningOptions = {},
): Preconditioner {
  const request = { kind, floor, options: { floor, ...(shrinkage !== 'none' && { shrinkage }) } }
  const fixed = typeof shrinkage === 'number' ? shrinkage : 0
  const onCorrelation = kind.endsWith('-cor')
  const fitBlocks = async (data: SampleBlocks, fitting?: FitOptions): Promise<FittedPreconditioner> => {
    const moments = await momentsOfBlocks(data, fitting?.engine)
    const estimated = shrinkage === 'ledoit-wolf'
    const rho = estimated ? await estimatedShrinkage(data, moments, { onCorrelation, floor }) : fixed
    return fitMoments(moments, { ...request, shrinkage: rho }, fitting)
  }
  return {
    kind,
    options: request.options,
    fitBlocks,
    fit: (data, fitting) => fitBlocks(blocksOf(data), fitting),
    ...(shrinkage !== 'ledoit-wolf' && {
      fitMoments: (moments: DataMoments, fitting?: FitOptions) =>
        fitMoments(moments, { ...request, shrinkage: fixed }, fitting),
    }),
  }
}

const shrinkageOption = z
  .union([z.enum(['none', 'ledoit-wolf']), z.number().min(0).max(1)], {
    error: `expected 'none', 'ledoit-wolf' or a number from 0 to 1`,
  })
  .optional()
  .describe(
    `how far the covariance is drawn towards a multiple of the identity: 'ledoit-wolf' or 0 to 1; none unless given`,
  )

export const whiteningKind = (name: WhiteningKind, about: string): Kind =>
  kindOf({
    name,
    about,
    restore: restoreAffine,
    options: { floor: floorOption, shrinkage: shrinkageOption },
    make: (options) => whiten(name, options),
  })
