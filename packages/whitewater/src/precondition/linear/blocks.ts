// Block-wise whitening: zca of small blocks of features in place of all at once, W = blockdiag(W_1, .., W_G), so that d^2 numbers become
// d m for blocks of m features. Blocks are pixels, channels or patches of an image, or runs of a vector.
import {
  constant,
  expand,
  float64Of,
  matmul,
  ndarray,
  sizeOf,
  traced,
  type CompileOptions,
} from '@whitewater/tensor'
import { z } from 'zod'
import { blocksOf } from '../../data/sample-blocks.ts'
import type { SampleBlocks } from '../../data/dataset.ts'
import { failureError, usageError } from '../../errors.ts'
import type { Eigen } from '../../linalg/eigen.ts'
import { diagonal } from '../../linalg/matrix.ts'
import { eigenOf } from '../../linalg/symmetric.ts'
import { zcaMatrices, type Whitening } from '../../linalg/whitening.ts'
import { groupMoments } from './blocks/moments.ts'
import { partitionOf, ways, type Partition, type PartitionOptions, type Way } from './blocks/partition.ts'
import { imageShapeOption } from './image-shape.ts'
import { floorOption, kindOf, type Restore } from '../kind.ts'
import { linearPreconditioner, savedCommon, savedValues, type LinearMap } from './linear.ts'
import { checkFinite } from './moments.ts'
import type { FittedPreconditioner, FitOptions, Preconditioner, Settings } from '../preconditioner.ts'

export interface BlocksOptions extends PartitionOptions {
  /**
   * What a block is. 'pixel' (unless given): the channels of a pixel, one C x C map for all pixels. 'channel': all pixels of a channel, a
   * map of its own for each. 'patch': size x size pixels with all channels, one map for all patches. 'run': `size` features that
   * follow each other, a map of its own for each run; for vectors.
   */
  readonly by?: Way
  /** Eigenvalues below this share of the largest of all blocks are raised to it; 1e-6 unless given. */
  readonly floor?: number
}

interface BlockMap extends Omit<LinearMap, 'forward' | 'backward' | 'tensors'> {
  readonly partition: Partition
  /** W_g and its inverse, [groups, size, size]. */
  readonly whiten: Float64Array
  readonly colour: Float64Array
}

function blockPreconditioner(map: BlockMap, engine?: CompileOptions): FittedPreconditioner {
  const { partition, whiten, colour } = map
  const { groups, size, cut, join } = partition
  const shape = [groups, size, size]
  const times = (values: Float64Array) => (x: Parameters<Partition['cut']>[0]) =>
    join(matmul(cut(x), constant(values, shape), { transposeB: true }))
  return linearPreconditioner(
    {
      ...map,
      forward: times(whiten),
      backward: times(colour),
      tensors: { forward: ndarray(whiten, shape), backward: ndarray(colour, shape) },
    },
    engine,
  )
}

/** Where a whole block is constant, its map is what the floor makes of it. */
function flooredBlock(size: number, least: number): Whitening {
  const root = Math.sqrt(least)
  return {
    whiten: diagonal(new Float64Array(size).fill(1 / root)),
    colour: diagonal(new Float64Array(size).fill(root)),
    logDeterminant: -0.5 * size * Math.log(least),
    eigenvalues: new Float64Array(size).fill(least),
    flooredCount: size,
  }
}

/** zca of each group, with a floor relative to the largest eigenvalue of all. */
async function whitenGroups(name: string, eigens: readonly Eigen[], floor: number, engine?: CompileOptions) {
  const largest = eigens.reduce((most, { values }) => Math.max(most, values[0]), 0)
  if (largest === 0) throw failureError(`${name}: all features are constant, there is nothing to whiten`)
  const result: Whitening[] = []
  for (const [group, eigen] of eigens.entries()) {
    const { values } = eigen
    if (values[values.length - 1] <= values.length * Number.EPSILON * largest && floor === 0) {
      throw failureError(
        `${name}: the covariance of block ${group} of ${eigens.length} is singular: give blocks a floor such as 1e-6`,
      )
    }
    result.push(
      values[0] > 0
        ? await zcaMatrices(eigen, { floor: (floor * largest) / values[0], engine })
        : flooredBlock(values.length, floor * largest),
    )
  }
  return result
}

/** The mean of each feature, from that of the blocks. */
async function spread({ groups, places, size, join }: Partition, mean: Float64Array): Promise<Float64Array> {
  const run = traced(({ m }) => ({ y: join(expand(m, [groups, places, size])) }))
  try {
    const { y } = await run({ m: ndarray(mean, [groups, 1, size]) })
    return float64Of(y.data)
  } finally {
    await run.dispose()
  }
}

const joined = (parts: readonly Float64Array[]): Float64Array => {
  const all = new Float64Array(parts.length * parts[0].length)
  parts.forEach((part, at) => {
    all.set(part, at * part.length)
  })
  return all
}

async function fitBlocks(
  data: SampleBlocks,
  options: BlocksOptions,
  { engine }: FitOptions = {},
): Promise<FittedPreconditioner> {
  const { name, shape } = data
  const { by = 'pixel', floor = 1e-6 } = options
  const features = shape.slice(1)
  const partition = partitionOf(by, features, options)
  const { mean, covariances } = await groupMoments(data, partition, engine)
  checkFinite(name, mean)
  const eigens: Eigen[] = []
  for (const covariance of covariances) eigens.push(await eigenOf(covariance))
  const maps = await whitenGroups(name, eigens, floor, engine)
  const { groups, places, size } = partition
  const sum = (of: (map: Whitening) => number) => maps.reduce((total, map) => total + of(map), 0)
  return blockPreconditioner(
    {
      kind: 'blocks',
      options: blocksSettings(options),
      features,
      partition,
      mean: await spread(partition, mean),
      whiten: joined(maps.map(({ whiten }) => whiten.data)),
      colour: joined(maps.map(({ colour }) => colour.data)),
      logDeterminant: places * sum(({ logDeterminant }) => logDeterminant),
      description: {
        floor,
        floored: places * sum(({ flooredCount }) => flooredCount),
        features: sizeOf(features),
        maps: groups,
        'blocks a map': places,
        'features a block': size,
      },
    },
    engine,
  )
}

const blocksSettings = ({ by = 'pixel', floor = 1e-6, shape, size }: BlocksOptions): Settings => ({
  by,
  ...(shape !== undefined && { shape }),
  ...(size !== undefined && { size }),
  floor,
})

/**
 * z = W_g (x - mean) for each block, W_g = Sigma_g^-1/2 of the blocks that share it, so that every block comes out white by itself; what
 * correlates blocks stays, and kappa is measured, not 1. Blocks that share a map share a mean too.
 *
 * For images too large for zca: 'pixel' takes out what colours or latent channels have in common,
 * 'patch' what neighbours have, as the patches of a transformer see it; 'channel' and 'run' are zca on parts that are independent or
 * have units of their own. O(n d m + groups m^3), O(d m) a sample, for blocks of m features; exact inverse.
 * @throws WhitewaterError (usage) where `size` is given for blocks that have none
 */
export function blocks(options: BlocksOptions = {}): Preconditioner {
  const { by = 'pixel', size } = options
  if (size !== undefined && (by === 'pixel' || by === 'channel'))
    throw usageError(`blocks: size is for by 'patch' and 'run', by is '${by}': leave one out`)
  return {
    kind: 'blocks',
    options: blocksSettings(options),
    // Exact for runs, an upper bound for channels, the order of it for the small maps of pixels and patches.
    mapSize: (dimension) => 2 * dimension * (by === 'channel' ? dimension : (size ?? 64)),
    fit: (data, fitting) => fitBlocks(blocksOf(data), options, fitting),
    fitBlocks: (data, fitting) => fitBlocks(data, options, fitting),
  }
}

const optionsShape = {
  by: z
    .enum(ways)
    .optional()
    .describe('what a block is: pixel (its channels; unless given), channel, patch, or run (of a vector)'),
  size: z.number().int().min(1).optional().describe('side of a patch (8) or length of a run (64)'),
  shape: imageShapeOption,
  floor: floorOption,
}

const restoreBlocks: Restore = (saved, engine) => {
  const { by = 'pixel', ...options } = z.object(optionsShape).parse(saved.options)
  const partition = partitionOf(by, saved.features, options)
  const length = [partition.groups * partition.size ** 2]
  return blockPreconditioner(
    {
      ...savedCommon(saved),
      partition,
      whiten: savedValues(saved, 'forward', length),
      colour: savedValues(saved, 'backward', length),
    },
    engine,
  )
}

export const blocksKind = kindOf({
  name: 'blocks',
  about:
    'zca of small blocks: pixels, channels or patches of an image, runs of a vector; O(n d m) for m features a block',
  images: true,
  options: optionsShape,
  make: blocks,
  restore: restoreBlocks,
})
