// Times are drawn from the laws that they are named after: Kolmogorov-Smirnov against each distribution function.
import { randomStream } from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { edmTime, logitNormalTime, modeTime, timeKinds, timeSamplingNamed, uniformTime } from './time.ts'

/** The standard normal distribution function by Simpson's rule. */
function normalBelow(z: number): number {
  const from = -9
  const steps = 400
  const h = (z - from) / steps
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  let sum = density(from) + density(z)
  for (let i = 1; i < steps; i++) sum += density(from + i * h) * (i % 2 === 0 ? 2 : 4)
  return (sum * h) / 3
}

/** Inverse of an increasing function on [0, 1]. */
function inverse(f: (u: number) => number, value: number): number {
  let low = 0
  let high = 1
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (f(middle) < value) low = middle
    else high = middle
  }
  return low
}

const logit = (t: number) => Math.log(t / (1 - t))

/** Esser et al.'s (2024) Eq. 20, where t = 1 is the noise. */
const theirMode = (s: number) => (u: number) => 1 - u - s * (Math.cos((Math.PI / 2) * u) ** 2 - 1 + u)

describe('laws', () => {
  const count = 4000
  test.each([
    [uniformTime, (t: number) => t],
    [logitNormalTime({ mean: -0.5, std: 0.8 }), (t: number) => normalBelow((logit(t) + 0.5) / 0.8)],
    [modeTime(), (t: number) => inverse((u) => 1 - theirMode(1.29)(u), t)],
    [modeTime({ scale: -0.7 }), (t: number) => inverse((u) => 1 - theirMode(-0.7)(u), t)],
    // ln of the noise level relative to data of standard deviation 1/2 is normal(-1.2, 1.2^2).
    [edmTime(), (t: number) => 1 - normalBelow((Math.log((0.5 * (1 - t)) / t) + 1.2) / 1.2)],
    [edmTime({ mean: 0, std: 2, dataStd: 1 }), (t: number) => 1 - normalBelow(Math.log((1 - t) / t) / 2)],
  ])('$name', (sampling, below) => {
    const times = sampling.sample(randomStream(5), count)
    expect(times).toHaveLength(count)
    expect(sampling.sample(randomStream(5), count)).toEqual(times)
    expect(times.every((t) => t >= 0 && t <= 1)).toBe(true)
    const distance = Array.from(times)
      .sort((a, b) => a - b)
      .reduce((most, t, i) => Math.max(most, Math.abs(below(t) - (i + 0.5) / count)), 0)
    // Exceeded once in a thousand draws of the right law.
    expect(distance).toBeLessThan(1.95 / Math.sqrt(count))
  })
})

test('mode times keep a positive density at the ends, logit-normal ones do not', () => {
  const near = (sampling: typeof uniformTime) =>
    sampling.sample(randomStream(6), 20_000).filter((t) => t < 0.01).length
  expect(near(modeTime())).toBeGreaterThan(40)
  expect(near(logitNormalTime())).toBeLessThan(2)
})

test('times by name', () => {
  expect(timeKinds).toEqual(['uniform', 'logit-normal', 'mode', 'edm-lognormal'])
  expect(timeSamplingNamed({ kind: 'uniform' })).toBe(uniformTime)
  expect(timeSamplingNamed({ kind: 'logit-normal', mean: 0.5 }).name).toBe('logit-normal(0.5, 1)')
  expect(() => timeSamplingNamed({ kind: 'normal' })).toThrow("unknown time sampling 'normal'")
  expect(() => timeSamplingNamed({ kind: 'mode', std: 1 })).toThrow("unknown option of mode 'std'")
  expect(() => timeSamplingNamed({ kind: 'logit-normal', std: -1 })).toThrow('logit-normal: std is -1')
  expect(() => modeTime({ scale: 2 })).toThrow('scale 2')
  expect(() => edmTime({ dataStd: 0 })).toThrow('standard deviation 0')
})
