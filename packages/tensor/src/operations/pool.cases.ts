// What pool.ts must compute.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { at, build } from '../testing/reference.ts'
import { averagePool, upsampleNearest } from './pool.ts'

const images = { shape: [1, 2, 5, 4] }

const pooled = (size: number, stride: number): Case => ({
  name: `size ${size}, stride ${stride}`,
  inputs: [images],
  apply: (x) => averagePool(x, size, { stride }),
  reference: (x) => {
    const [h, w] = [5, 4].map((extent) => Math.floor((extent - size) / stride) + 1)
    return build([1, 2, h, w], ([image, channel, row, column]) => {
      let sum = 0
      build([size, size], ([i, j]) => (sum += at(x, [image, channel, row * stride + i, column * stride + j])))
      return sum / size ** 2
    })
  },
  order: 2,
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
  averagePool: [pooled(2, 2), pooled(3, 1)],
}
