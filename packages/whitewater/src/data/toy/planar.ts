// What the two-dimensional toys share: a point a sample, plus Gaussian noise.
import { ndarray, type RandomStream } from '@whitewater/tensor'
import { checkNumber } from '../check.ts'
import type { Dataset, DatasetOptions } from '../dataset.ts'
import { DEFAULT_SAMPLES, sampleStream } from './streams.ts'

/** @param curve makes `count` noiseless points [count, 2], and labels where it has classes */
export function planar(
  name: string,
  options: DatasetOptions,
  defaultNoise: number,
  curve: (
    count: number,
    stream: RandomStream,
  ) => { points: Float32Array; labels?: Int32Array; classes?: number },
): Dataset {
  const { samples: count = DEFAULT_SAMPLES, noise = defaultNoise } = options
  checkNumber('noise', noise, 0)
  const stream = sampleStream(name, options)
  const { points, ...labelled } = curve(count, stream)
  if (noise > 0) stream.normal(points.length).forEach((value, i) => (points[i] += noise * value))
  return { name, samples: ndarray(points, [count, 2]), ...labelled }
}
