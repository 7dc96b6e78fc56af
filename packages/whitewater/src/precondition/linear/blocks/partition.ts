// How the features of a sample are cut into blocks of one size, some of which share a map.
import { reshape, sizeOf, transpose, type Tensor } from '@whitewater/tensor'
import { usageError } from '../../../errors.ts'
import { imageShapeOf } from '../image-shape.ts'

export interface Partition {
  /** Maps, each of its own. */
  readonly groups: number
  /** Blocks of a sample that share one map. */
  readonly places: number
  /** Features of a block. */
  readonly size: number
  /** Rows [n, d] as blocks [groups, n * places, size]. */
  readonly cut: (x: Tensor) => Tensor
  /** Back again. */
  readonly join: (blocks: Tensor) => Tensor
}

/** Axes of a sample by what becomes of them; `extents` are those of [n, d]'s second axis. */
interface Axes {
  readonly extents: readonly number[]
  readonly groups: readonly number[]
  readonly places: readonly number[]
  readonly block: readonly number[]
}

function partitionBy({ extents, groups, places, block }: Axes): Partition {
  const along = (axes: readonly number[]) => axes.map((axis) => extents[axis])
  const sizes = { groups: sizeOf(along(groups)), places: sizeOf(along(places)), size: sizeOf(along(block)) }
  // The samples' axis is 0, and stands between the groups and the places.
  const order = [...groups.map((axis) => axis + 1), 0, ...[...places, ...block].map((axis) => axis + 1)]
  const back = order.map((_, axis) => order.indexOf(axis))
  return {
    ...sizes,
    cut: (x) => reshape(transpose(reshape(x, [-1, ...extents]), order), [sizes.groups, -1, sizes.size]),
    join: (blocks) =>
      reshape(transpose(reshape(blocks, [...along(groups), -1, ...along(places), ...along(block)]), back), [
        -1,
        sizeOf(extents),
      ]),
  }
}

export const ways = ['pixel', 'channel', 'patch', 'run'] as const

export type Way = (typeof ways)[number]

export interface PartitionOptions {
  /** Samples as images, such as 3x32x32; the shape of the data unless given. */
  readonly shape?: string
  /** Side of a patch, or length of a run; 8, or 64, unless given. */
  readonly size?: number
}

/** Each way of cutting samples of some shape. */
const axesOf: Readonly<Record<Way, (features: readonly number[], options: PartitionOptions) => Axes>> = {
  pixel(features, { shape }) {
    const [channels, height, width] = imageShapeOf('blocks', features, shape)
    return { extents: [channels, height * width], groups: [], places: [1], block: [0] }
  },
  channel(features, { shape }) {
    const [channels, height, width] = imageShapeOf('blocks', features, shape)
    return { extents: [channels, height * width], groups: [0], places: [], block: [1] }
  },
  patch(features, { shape, size = 8 }) {
    const [channels, height, width] = imageShapeOf('blocks', features, shape)
    checkDivides(size, { height, width })
    const extents = [channels, height / size, size, width / size, size]
    return { extents, groups: [], places: [1, 3], block: [0, 2, 4] }
  },
  run(features, { size = 64 }) {
    const d = sizeOf(features)
    checkDivides(size, { 'number of features': d })
    return { extents: [d / size, size], groups: [0], places: [], block: [1] }
  },
}

function checkDivides(size: number, extents: Readonly<Record<string, number>>): void {
  for (const [what, extent] of Object.entries(extents)) {
    if (extent % size !== 0)
      throw usageError(
        `blocks: size ${size} does not divide the ${what} ${extent}: choose one of its divisors`,
      )
  }
}

/** @throws WhitewaterError (usage) for samples that cannot be cut so */
export const partitionOf = (
  way: Way,
  features: readonly number[],
  options: PartitionOptions = {},
): Partition => partitionBy(axesOf[way](features, options))
