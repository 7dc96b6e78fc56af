// The Swiss roll in the plane: (t cos t, t sin t) / 10 with t = 3 pi / 2 (1 + 2 u), u uniform (scikit-learn's roll seen end on).
import type { DatasetSource } from '../dataset.ts'
import { planar } from './planar.ts'

/** [samples, 2], within about 1.5 of the origin; noise 0.05. */
export const swissRoll: DatasetSource = {
  options: ['noise', 'split'],
  load: (options) =>
    planar('swiss-roll', options, 0.05, (count, stream) => {
      const points = new Float32Array(2 * count)
      stream.uniform(count).forEach((u, i) => {
        const t = 1.5 * Math.PI * (1 + 2 * u)
        points[2 * i] = (t * Math.cos(t)) / 10
        points[2 * i + 1] = (t * Math.sin(t)) / 10
      })
      return { points }
    }),
}
