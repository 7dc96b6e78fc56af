// Test help: weights and images of Inception by formulas, as the reference goldens have them.
import { ndarray, sizeOf, type NdArray, type Shape } from '@whitewater/tensor'
import { formulaValues } from '../../linalg/testing/formula.ts'
import type { Weights } from '../weights.ts'

/** Factor and offset of a tensor's formula. */
function spread(name: string, shape: Shape): readonly [factor: number, offset: number] {
  if (shape.length >= 2) return [Math.sqrt(6 / sizeOf(shape.slice(1))), 0]
  if (name.endsWith('.running_var')) return [0.4, 1]
  return name.endsWith('bn.weight') ? [0.2, 1] : [0.05, 0]
}

/** A checkpoint whose tensors have these shapes. */
export const formulaCheckpoint = (shapes: Readonly<Record<string, Shape>>): Weights =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const [factor, offset] = spread(name, shape)
      const values = formulaValues(name, sizeOf(shape))
      const data = new Float32Array(values.length)
      for (let i = 0; i < data.length; i++) data[i] = offset + factor * values[i]
      return [name, ndarray(data, shape)]
    }),
  )

/** Waves of a frequency of their own in every image and channel, and some noise, between 0 and 1: [n, 3, h, w]. */
export function formulaImages(name: string, [n, channels, h, w]: Shape): NdArray<Float32Array> {
  const noise = formulaValues(name, n * channels * h * w)
  const data = new Float32Array(noise.length)
  for (let i = 0; i < data.length; i++) {
    const x = i % w
    const y = Math.floor(i / w) % h
    const c = Math.floor(i / (w * h)) % channels
    const image = Math.floor(i / (w * h * channels))
    const across = Math.sin((6.28 / w) * (image + 1) * x + 0.7 * c)
    const down = Math.cos((5.1 / h) * (c + 1) * y - 0.5 * image)
    data[i] = 0.5 + 0.2 * across + 0.2 * down + 0.08 * noise[i]
  }
  return ndarray(data, [n, channels, h, w])
}
