// What resize.ts must compute.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { at, build } from '../testing/reference.ts'
import { resizeBilinear } from './resize.ts'

const resized = (height: number, width: number): Case => ({
  name: `5 x 4 to ${height} x ${width}`,
  inputs: [{ shape: [1, 2, 5, 4] }],
  apply: (x) => resizeBilinear(x, height, width),
  reference: (x) =>
    build([1, 2, height, width], ([image, channel, row, column]) => {
      // Every pixel is a tent as wide as two pixels; the sum over all of them, the edges drawn out.
      const tent = (distance: number) => Math.max(0, 1 - Math.abs(distance))
      const clamped = (extent: number, position: number) => Math.min(extent - 1, Math.max(0, position))
      const y = clamped(5, ((row + 0.5) * 5) / height - 0.5)
      const z = clamped(4, ((column + 0.5) * 4) / width - 0.5)
      let sum = 0
      for (let i = 0; i < 5; i++)
        for (let j = 0; j < 4; j++) sum += tent(y - i) * tent(z - j) * at(x, [image, channel, i, j])
      return sum
    }),
  order: 2,
})

export const cases: Cases = { resizeBilinear: [resized(7, 9), resized(3, 2), resized(5, 8), resized(10, 4)] }
