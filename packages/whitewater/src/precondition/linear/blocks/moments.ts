// Mean and covariance of the blocks of each group, pooled over the places that share a map; one pass over the samples.
import {
  cast,
  float64Of,
  matmul,
  mean as meanOver,
  ndarray,
  sub,
  traced,
  type CompileOptions,
} from '@whitewater/tensor'
import { flatBlocks } from '../../../data/sample-blocks.ts'
import type { SampleBlocks } from '../../../data/dataset.ts'
import { covarianceFromScatter } from '../../../linalg/covariance.ts'
import { matrix, type Matrix } from '../../../linalg/matrix.ts'
import { onCpu } from '../../../linalg/on-cpu.ts'
import { mergeCentres, type Counted } from '../../../linalg/streaming.ts'
import type { Partition } from './partition.ts'

export interface GroupMoments {
  /** [groups * size] */
  readonly mean: Float64Array
  /** Divisor count - 1, with count = samples x places; one a group. */
  readonly covariances: readonly Matrix[]
}

/** Adds a block's scatters [groups, size, size] about their means, and what lies between those and the means so far. */
function addScatters(target: Float64Array, own: Float64Array, between: Float64Array, size: number): void {
  for (let row = 0, at = 0; row < between.length; row++) {
    const group = row - (row % size)
    for (let j = 0; j < size; j++, at++) target[at] += own[at] + between[row] * between[group + j]
  }
}

/** Each block of samples is centred at its own mean, so a large mean costs no digits; n d m operations for blocks of m features. */
export async function groupMoments(
  data: SampleBlocks,
  { groups, places, size, cut }: Partition,
  engine?: CompileOptions,
): Promise<GroupMoments> {
  const moments = traced(({ x }) => {
    const blocks = cut(cast(x, 'float64'))
    const mean = meanOver(blocks, 1, { keepDims: true })
    const centred = sub(blocks, mean)
    return { mean, scatter: matmul(centred, centred, { transposeA: true }) }
  }, onCpu(engine))
  const width = groups * size
  const scatter = new Float64Array(width * size)
  let centre: Counted = { count: 0, mean: new Float64Array(width), rest: new Float64Array(width) }
  try {
    for await (const { data: values, n, d } of flatBlocks(data)) {
      const found = await moments({ x: ndarray(values, [n, d]) })
      const own = { count: n * places, mean: float64Of(found.mean.data), rest: new Float64Array(width) }
      const merged = mergeCentres(centre, own)
      addScatters(scatter, float64Of(found.scatter.data), merged.between, size)
      centre = merged.centre
    }
  } finally {
    await moments.dispose()
  }
  const covariances = Array.from({ length: groups }, (_, group) => {
    const own = scatter.subarray(group * size * size, (group + 1) * size * size)
    return covarianceFromScatter(matrix(size, size, own), centre.count, 1)
  })
  return { mean: centre.mean, covariances }
}
