// What conv.ts must compute, in small; conv.test.ts holds its algorithms against each other at their own sizes.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { at, build, type Reference } from '../testing/reference.ts'
import { conv1d, conv2d, type Conv2dOptions } from './conv.ts'

const correlated =
  ({ stride = 1, padding = 0 }: Conv2dOptions): Reference =>
  (x, weight, bias) => {
    const [outputs, channels, ...kernel] = weight.shape
    const before = typeof padding === 'number' ? kernel.map(() => padding) : padding
    const pixels = x.shape.slice(2)
    const extents = pixels.map(
      (extent, axis) => Math.floor((extent + 2 * before[axis] - kernel[axis]) / stride) + 1,
    )
    return build([x.shape[0], outputs, ...extents], ([image, output, ...position]) => {
      let sum = bias ? bias.data[output] : 0
      build([channels, ...kernel], ([channel, ...tap]) => {
        const source = position.map((p, axis) => p * stride + tap[axis] - before[axis])
        if (source.every((s, axis) => s >= 0 && s < pixels[axis]))
          sum += at(x, [image, channel, ...source]) * at(weight, [output, channel, ...tap])
        return 0
      })
      return sum
    })
  }

const images = { shape: [2, 2, 4, 3] }
const filters = { shape: [3, 2, 3, 2] }
const signals = { shape: [2, 2, 5] }
const taps = { shape: [3, 2, 3] }
const bias = { shape: [3] }

const cases2d = (options: Conv2dOptions): Case[] => [
  {
    name: `stride ${options.stride ?? 1}, padding ${String(options.padding ?? 0)}`,
    inputs: [images, filters, bias],
    apply: (x, weight, b) => conv2d(x, weight, b, options),
    reference: correlated(options),
    order: 2,
    float64: false,
  },
]

export const cases: Cases = {
  conv2d: [
    ...cases2d({ padding: 1 }),
    ...cases2d({ stride: 2, padding: 1 }),
    ...cases2d({ padding: [2, 0] }),
    ...cases2d({}),
    // Six channels to four: ONNX Runtime's WebGPU kernel is wrong where these are left as they are.
    {
      name: 'six channels to four',
      inputs: [{ shape: [1, 6, 4, 4] }, { shape: [4, 6, 3, 3] }],
      apply: (x, weight) => conv2d(x, weight, undefined, { padding: 1 }),
      reference: correlated({ padding: 1 }),
      order: 1,
      float64: false,
    },
  ],
  conv1d: [
    {
      name: 'with bias',
      inputs: [signals, taps, bias],
      apply: (x, weight, b) => conv1d(x, weight, b, { padding: 1 }),
      reference: correlated({ padding: 1 }),
      order: 2,
      float64: false,
    },
    {
      name: 'stride 2, no bias',
      inputs: [signals, taps],
      apply: (x, weight) => conv1d(x, weight, undefined, { stride: 2 }),
      reference: correlated({ stride: 2 }),
      order: 2,
      float64: false,
    },
  ],
}
