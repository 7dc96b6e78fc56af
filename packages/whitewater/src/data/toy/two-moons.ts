// Two interleaved half circles of radius 1, a class each (scikit-learn's make_moons).
import type { DatasetSource } from '../dataset.ts'
import { planar } from './planar.ts'

/** [samples, 2]; label 0 is the upper moon, 1 the lower; noise 0.05. */
export const twoMoons: DatasetSource = {
  options: ['noise', 'split'],
  load: (options) =>
    planar('two-moons', options, 0.05, (count, stream) => {
      const labels = stream.integers(count, 2)
      const points = new Float32Array(2 * count)
      stream.uniform(count).forEach((u, i) => {
        const angle = Math.PI * u
        points[2 * i] = labels[i] === 0 ? Math.cos(angle) : 1 - Math.cos(angle)
        points[2 * i + 1] = labels[i] === 0 ? Math.sin(angle) : 0.5 - Math.sin(angle)
      })
      return { points, labels, classes: 2 }
    }),
}
