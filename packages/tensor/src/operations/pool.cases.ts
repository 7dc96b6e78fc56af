// What pool.ts must compute.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { at, build } from '../testing/reference.ts'
import type { Tensor } from '../tensor.ts'
import { averagePool, maxPool, upsampleNearest, type PoolOptions } from './pool.ts'

const images = { shape: [1, 2, 5, 4] }

type Pool = (x: Tensor, size: number, options: PoolOptions) => Tensor

/** A pool that makes one number of the pixels of a window that are inside the image. */
const pooled = (pool: Pool, size: number, stride: number, padding: number): Case => ({
  name: `size ${size}, stride ${stride}, padding ${padding}`,
  inputs: [images],
  apply: (x) => pool(x, size, { stride, padding }),
  reference: (x) => {
    const [h, w] = [5, 4].map((extent) => Math.floor((extent + 2 * padding - size) / stride) + 1)
    return build([1, 2, h, w], ([image, channel, row, column]) => {
      const seen: number[] = []
      build([size, size], ([i, j]) => {
        const y = row * stride + i - padding
        const z = column * stride + j - padding
        if (y >= 0 && y < 5 && z >= 0 && z < 4) seen.push(at(x, [image, channel, y, z]))
        return 0
      })
      return pool === maxPool ? Math.max(...seen) : seen.reduce((a, b) => a + b) / seen.length
    })
  },
  order: pool === maxPool ? 1 : 2,
  float64: false,
})

export const cases: Cases = {
  upsampleNearest: [
    {
      inputs: [images],
      apply: (x) => upsampleNearest(x, 2),
      reference: (x) =>
        build([1, 2, 10, 8], ([image, channel, row, column]) =>
          at(x, [image, channel, Math.floor(row / 2), Math.floor(column / 2)]),
        ),
      order: 2,
      float64: false,
    },
  ],
  averagePool: [
    pooled(averagePool, 2, 2, 0),
    pooled(averagePool, 3, 1, 0),
    pooled(averagePool, 3, 1, 1),
    pooled(averagePool, 2, 3, 1),
  ],
  maxPool: [
    pooled(maxPool, 2, 2, 0),
    pooled(maxPool, 3, 2, 0),
    pooled(maxPool, 3, 1, 1),
    pooled(maxPool, 2, 3, 1),
  ],
}
