import { describe, expect, it } from 'vitest'
import { averageDecayAt, learningRateAt } from './schedule.ts'

describe('learningRateAt', () => {
  it('warms up linearly to the full rate', () => {
    const schedule = { kind: 'constant', learningRate: 2, warmup: 4 } as const
    expect([1, 2, 3, 4, 5, 100].map((step) => learningRateAt(schedule, step, 100))).toEqual([
      0.5, 1, 1.5, 2, 2, 2,
    ])
  })

  it('falls along half a cosine, monotonically, from the full rate to nearly nothing', () => {
    const schedule = { kind: 'cosine', learningRate: 1, warmup: 0 } as const
    const rates = Array.from({ length: 100 }, (_, i) => learningRateAt(schedule, i + 1, 100))
    expect(rates[0]).toBe(1)
    expect(rates[50]).toBeCloseTo(0.5, 12)
    expect(rates[99]).toBeLessThan(3e-4)
    rates.slice(1).forEach((rate, i) => expect(rate).toBeLessThan(rates[i]))
  })

  it('is defined when warm-up takes the whole run', () => {
    expect(learningRateAt({ kind: 'cosine', learningRate: 1, warmup: 10 }, 10, 10)).toBe(1)
  })
})

it('averages over few steps first', () => {
  expect(averageDecayAt(0.999, 1)).toBeCloseTo(2 / 11, 12)
  expect(averageDecayAt(0.999, 100_000)).toBe(0.999)
})
