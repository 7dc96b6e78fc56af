// Low-rank-plus-diagonal whitening, Sigma ~ Q diag(lambda) Q^T + s^2 (I - Q Q^T): the covariance of probabilistic PCA (Tipping & Bishop
// 1999) in place of the data's, for dimensions at which a d x d matrix is too much.
import {
  add,
  constant,
  matmul,
  mul,
  ndarray,
  sizeOf,
  type CompileOptions,
  type Tensor,
} from '@whitewater/tensor'
import { z } from 'zod'
import { blocksOf, flatBlocks } from '../../data/sample-blocks.ts'
import type { SampleBlocks } from '../../data/dataset.ts'
import { failureError, usageError } from '../../errors.ts'
import { leadingEigen } from '../../linalg/leading-eigen.ts'
import { marginalsOf } from '../../linalg/marginals.ts'
import { matrix, type Matrix } from '../../linalg/matrix.ts'
import { floorOption, kindOf, type Restore } from '../kind.ts'
import { linearPreconditioner, savedCommon, savedValues, type LinearMap } from './linear.ts'
import { checkFinite } from './moments.ts'
import type { FittedPreconditioner, FitOptions, Preconditioner } from '../preconditioner.ts'

export interface LowRankOptions {
  /** Directions with a variance of their own, r; all others share one. 128 unless given, and never more than the data has. */
  readonly rank?: number
  /** Passes of the subspace iteration over the data; 4 unless given. */
  readonly passes?: number
  /** Variances below floor x the largest are raised to it; 1e-6 unless given. */
  readonly floor?: number
}

interface LowRankMap extends Omit<LinearMap, 'forward' | 'backward' | 'logDeterminant' | 'tensors'> {
  /** Q [d, r], orthonormal columns. */
  readonly directions: Matrix
  /** lambda [r]. */
  readonly variances: Float64Array
  /** s^2 */
  readonly rest: number
}

/** f(Sigma) x for rows x, where f gives `inside` along the directions and `outside` across them. */
const scaled =
  ({ data, rows, columns }: Matrix, inside: Float64Array, outside: number) =>
  (x: Tensor): Tensor => {
    const q = constant(data, [rows, columns])
    const along = mul(matmul(x, q), constant(inside.map((value) => value - outside)))
    return add(mul(x, outside), matmul(along, q, { transposeB: true }))
  }

function lowRankPreconditioner(map: LowRankMap, engine?: CompileOptions): FittedPreconditioner {
  const { directions, variances, rest } = map
  const { rows: d, columns: r } = directions
  const deviations = variances.map(Math.sqrt)
  const inverses = deviations.map((value) => 1 / value)
  const logs = variances.reduce((sum, value) => sum + Math.log(value), 0)
  return linearPreconditioner(
    {
      ...map,
      forward: scaled(directions, inverses, 1 / Math.sqrt(rest)),
      backward: scaled(directions, deviations, Math.sqrt(rest)),
      logDeterminant: -0.5 * (logs + (d - r) * Math.log(rest)),
      tensors: {
        directions: ndarray(directions.data, [d, r]),
        variances: ndarray(variances, [r]),
        rest: ndarray(Float64Array.of(rest), [1]),
      },
    },
    engine,
  )
}

/** lambda and s^2 after the floor. @throws WhitewaterError (failure) when they are singular to rounding all the same */
function raised(
  name: string,
  values: Float64Array,
  { total, d, floor }: { total: number; d: number; floor: number },
) {
  const least = floor * values[0]
  const left = Math.max(0, total - values.reduce((sum, value) => sum + value, 0))
  // Without directions to share it the rest is any number that is safe to divide by.
  const share = values.length === d ? values[d - 1] : left / (d - values.length)
  const variances = values.map((value) => Math.max(value, least))
  const rest = Math.max(share, least)
  const smallest = Math.min(rest, variances[variances.length - 1])
  const below = values.reduce((count, value) => count + Number(value < least), 0)
  const floored = below + (share < least ? d - values.length : 0)
  if (smallest > d * Number.EPSILON * values[0]) return { variances, rest, floored }
  throw failureError(
    `${name}: its covariance is singular, ${d - values.length} directions share the variance ${share}: give low-rank a floor such as 1e-6`,
  )
}

async function fitBlocks(
  data: SampleBlocks,
  { rank = 128, passes = 4, floor = 1e-6 }: LowRankOptions,
  { seed, engine, signal, onProgress }: FitOptions = {},
): Promise<FittedPreconditioner> {
  const { name, shape } = data
  const features = shape.slice(1)
  const d = sizeOf(features)
  const { mean, variance, count } = await marginalsOf(flatBlocks(data), d)
  checkFinite(name, mean)
  const total = variance.reduce((sum, value) => sum + value, 0)
  if (total === 0) throw failureError(`${name}: all features are constant, there is nothing to whiten`)
  const onPass = (step: number, steps: number): void => {
    signal?.throwIfAborted()
    onProgress?.({ kind: 'low-rank', step, steps })
  }
  const centred = { blocks: () => flatBlocks(data), count, mean }
  const { values, vectors } = await leadingEigen(centred, { rank, passes, seed, engine, onPass })
  const { variances, rest, floored } = raised(name, values, { total, d, floor })
  const explained = Math.min(1, values.reduce((sum, value) => sum + value, 0) / total)
  return lowRankPreconditioner(
    {
      kind: 'low-rank',
      options: { rank, passes, floor },
      features,
      mean,
      directions: vectors,
      variances,
      rest,
      description: { floor, floored, features: d, rank: values.length, explained, rest },
    },
    engine,
  )
}

/**
 * z = (1/s) (x - mean) + Q diag(lambda^-1/2 - 1/s) Q^T (x - mean): the r widest directions come out with unit variance, all others are
 * divided by one s, so that the map is invertible exactly whatever the rank. s^2 is the mean variance of the other directions, which
 * is the maximum-likelihood choice. What kappa is left is that of those others; with r = d it is zca.
 *
 * For large d, and for data with few wide directions over noise (images, latents of images); not where the narrow directions differ
 * widely among themselves. Where features have different units, `standardise+low-rank` gives the diagonal its own scales.
 * Q by randomised subspace iteration (Halko, Martinsson & Tropp 2011): O(n d r) a pass over the data, O(d r) memory, no d x d matrix;
 * O(d r) a sample.
 * @throws WhitewaterError (usage) for a rank below 1 or fewer than 2 passes
 */
export function lowRank(options: LowRankOptions = {}): Preconditioner {
  const { rank = 128, passes = 4, floor = 1e-6 } = options
  if (!(Number.isInteger(rank) && rank >= 1))
    throw usageError(`low-rank: rank is ${rank}, expected a whole number from 1`)
  if (!(Number.isInteger(passes) && passes >= 2))
    throw usageError(`low-rank: passes is ${passes}, expected a whole number from 2`)
  return {
    kind: 'low-rank',
    options: { rank, passes, floor },
    mapSize: (dimension) => dimension * (Math.min(rank, dimension) + 1),
    fit: (data, fitting) => fitBlocks(blocksOf(data), options, fitting),
    fitBlocks: (data, fitting) => fitBlocks(data, options, fitting),
  }
}

const restoreLowRank: Restore = (saved, engine) => {
  const size = sizeOf(saved.features)
  const rank = saved.tensors.get('variances')?.data.length ?? 0
  return lowRankPreconditioner(
    {
      ...savedCommon(saved),
      directions: matrix(size, rank, savedValues(saved, 'directions', [size * rank])),
      variances: savedValues(saved, 'variances', [rank]),
      rest: savedValues(saved, 'rest', [1])[0],
    },
    engine,
  )
}

export const lowRankKind = kindOf({
  name: 'low-rank',
  about:
    'the widest directions to unit variance, one scale for all others: for large d; O(n d r), never d x d',
  options: {
    rank: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('directions with a variance of their own; 128 unless given'),
    passes: z
      .number()
      .int()
      .min(2)
      .optional()
      .describe('passes over the data that find them; 4 unless given'),
    floor: floorOption,
  },
  make: lowRank,
  restore: restoreLowRank,
})
