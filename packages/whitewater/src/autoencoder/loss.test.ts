import { constant, evaluate, mul } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Perceptual } from '../nn/perceptual.ts'
import { klDivergence, perceptualDistance } from './loss.ts'

const valueOf = async (loss: Parameters<typeof evaluate>[0][string]): Promise<number> =>
  Number((await evaluate({ loss })).loss[0])

describe('klDivergence', () => {
  it('is that of Gaussians, a dimension: 0 at N(0, I), and as numerical integration has it elsewhere', async () => {
    const posterior = (mean: readonly number[], variance: readonly number[]) => ({
      mean: constant(Float32Array.from(mean), [1, mean.length]),
      logVariance: constant(Float32Array.from(variance, Math.log), [1, mean.length]),
    })
    expect(await valueOf(klDivergence(posterior([0, 0], [1, 1])))).toBeCloseTo(0, 6)
    // KL = integral of q ln(q / p), by the midpoint rule.
    const integral = (mean: number, variance: number): number => {
      let sum = 0
      for (let x = -12; x < 12; x += 1e-3) {
        const logQ = -((x - mean) ** 2) / (2 * variance) - 0.5 * Math.log(2 * Math.PI * variance)
        const logP = -(x ** 2) / 2 - 0.5 * Math.log(2 * Math.PI)
        sum += Math.exp(logQ) * (logQ - logP) * 1e-3
      }
      return sum
    }
    const found = await valueOf(klDivergence(posterior([0.5, -2], [0.3, 1.7])))
    expect(found).toBeCloseTo((integral(0.5, 0.3) + integral(-2, 1.7)) / 2, 4)
  })
})

describe('perceptualDistance', () => {
  it('is 0 for the same images, 1 for maps that are empty, and knows no scale', async () => {
    const x = constant(Float32Array.of(1, -2, 3, 0.5), [1, 1, 2, 2])
    const by = (scale: number): Perceptual => ({ name: 'scaled', hash: '', maps: (y) => [mul(y, scale), y] })
    expect(await valueOf(perceptualDistance(by(1), x, x))).toBe(0)
    expect(await valueOf(perceptualDistance(by(1), x, mul(x, 0)))).toBeCloseTo(1, 5)
    const half = await valueOf(perceptualDistance(by(1), x, mul(x, 0.5)))
    expect(half).toBeCloseTo(0.25, 5)
    expect(await valueOf(perceptualDistance(by(100), x, mul(x, 0.5)))).toBeCloseTo(half, 5)
  })
})
