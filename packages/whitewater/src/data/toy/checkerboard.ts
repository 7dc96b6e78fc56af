// The checkerboard: uniform on the eight dark squares, of side 2, of the board [-4, 4]^2.
import type { DatasetSource } from '../dataset.ts'
import { planar } from './planar.ts'

/** [samples, 2]; noise 0. */
export const checkerboard: DatasetSource = {
  options: ['noise', 'split'],
  load: (options) =>
    planar('checkerboard', options, 0, (count, stream) => {
      const squares = stream.integers(count, 8)
      const points = stream.uniform(2 * count)
      squares.forEach((square, i) => {
        const column = square >> 1
        const row = 2 * (square & 1) + (column & 1)
        points[2 * i] = 2 * (points[2 * i] + column) - 4
        points[2 * i + 1] = 2 * (points[2 * i + 1] + row) - 4
      })
      return { points }
    }),
}
