// What normalise.ts must compute.
import type { Cases } from '../testing/gradcheck.ts'
import { along, at, build, type Reference, type Values } from '../testing/reference.ts'
import { sizeOf } from '../array.ts'
import { groupNorm, layerNorm, normalise, rmsNorm } from './normalise.ts'

const average = (x: number[]): number => x.reduce((a, b) => a + b, 0) / x.length

const standardised =
  (epsilon: number) =>
  (x: number[]): number[] => {
    const centre = average(x)
    const deviation = Math.sqrt(average(x.map((value) => (value - centre) ** 2)) + epsilon)
    return x.map((value) => (value - centre) / deviation)
  }

const last =
  (compute: (x: number[]) => number[]): Reference =>
  (x, scale, shift) => {
    const y = along(compute, x.shape.length - 1)(x)
    return build(
      x.shape,
      (index) => at(y, index) * (scale ? at(scale, index) : 1) + (shift ? at(shift, index) : 0),
    )
  }

const groups =
  (count: number): Reference =>
  (x, scale, shift) => {
    const flat: Values = { data: x.data, shape: [x.shape[0], count, sizeOf(x.shape) / (x.shape[0] * count)] }
    const y: Values = { data: along(standardised(1e-5), 2)(flat).data, shape: x.shape }
    const channel = (values: Values | undefined, index: readonly number[], otherwise: number): number =>
      values ? values.data[index[1]] : otherwise
    return build(x.shape, (index) => at(y, index) * channel(scale, index, 1) + channel(shift, index, 0))
  }

const rms = (x: number[]): number[] => {
  const root = Math.sqrt(average(x.map((value) => value ** 2)) + 1e-6)
  return x.map((value) => value / root)
}

const tokens = { shape: [2, 3, 4] }
const width = { shape: [4] }
const pixels = { shape: [2, 4, 2, 1] }
const channels = { shape: [4] }

export const cases: Cases = {
  normalise: [
    { inputs: [tokens], apply: (x) => normalise(x), reference: last(standardised(1e-5)), order: 2 },
    {
      name: 'large epsilon',
      inputs: [tokens],
      apply: (x) => normalise(x, 0.5),
      reference: last(standardised(0.5)),
      order: 2,
    },
  ],
  layerNorm: [
    {
      name: 'plain',
      inputs: [tokens],
      apply: (x) => layerNorm(x),
      reference: last(standardised(1e-5)),
      order: 2,
    },
    {
      name: 'scaled and shifted',
      inputs: [tokens, width, width],
      apply: (x, scale, shift) => layerNorm(x, scale, shift),
      reference: last(standardised(1e-5)),
      order: 2,
    },
  ],
  groupNorm: [
    { name: 'plain', inputs: [pixels], apply: (x) => groupNorm(x, 2), reference: groups(2), order: 2 },
    {
      name: 'scaled and shifted',
      inputs: [pixels, channels, channels],
      apply: (x, scale, shift) => groupNorm(x, 2, scale, shift),
      reference: groups(2),
      order: 2,
    },
  ],
  rmsNorm: [
    { name: 'plain', inputs: [tokens], apply: (x) => rmsNorm(x), reference: last(rms), order: 2 },
    {
      name: 'scaled',
      inputs: [tokens, width],
      apply: (x, scale) => rmsNorm(x, scale),
      reference: last(rms),
      order: 2,
    },
  ],
}
