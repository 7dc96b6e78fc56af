import { evaluate, fromArray, ndarray } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { sinusoidal, TIME_SCALE } from './embedding.ts'

const embed = async (times: number[], width: number, scale?: number): Promise<number[]> => {
  const t = fromArray(ndarray(Float32Array.from(times), [times.length]))
  const { y } = await evaluate({ y: sinusoidal(t, width, scale) })
  return Array.from(y, Number)
}

describe('sinusoidal time embedding', () => {
  it('is [cos, sin] of the scaled time at frequencies 1 to 1/10000', async () => {
    const [c0, c1, s0, s1] = await embed([0.37], 4)
    const slow = 0.37 * TIME_SCALE * Math.exp(-Math.log(10_000) / 2)
    expect(c0).toBeCloseTo(Math.cos(370), 4)
    expect(c1).toBeCloseTo(Math.cos(slow), 5)
    expect(s0).toBeCloseTo(Math.sin(370), 4)
    expect(s1).toBeCloseTo(Math.sin(slow), 5)
  })

  it('tells times apart over the whole of [0, 1]', async () => {
    const rows = 101
    const values = await embed(
      Array.from({ length: rows }, (_, i) => i / (rows - 1)),
      32,
    )
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < i; j++) {
        const distance = Math.hypot(
          ...Array.from({ length: 32 }, (_, k) => values[i * 32 + k] - values[j * 32 + k]),
        )
        expect(distance).toBeGreaterThan(0.1)
      }
    }
  })

  it('refuses an odd width', () => {
    const t = fromArray(ndarray(Float32Array.of(0), [1]))
    expect(() => sinusoidal(t, 3)).toThrow(/width 3 must be even/)
  })
})
