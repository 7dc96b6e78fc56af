import { describe, expect, it } from 'vitest'
import { reachedAt, valueAt } from './curve.ts'

/** y = 8 / x at the looks, and so between them. */
const curve = [1, 2, 4, 8].map((x) => ({ x, y: 8 / x }))

describe('a curve between its looks', () => {
  it('is a straight line of logarithms', () => {
    expect(valueAt(curve, 3)).toBeCloseTo(8 / 3, 12)
    expect(valueAt(curve, 4)).toBe(2)
    expect(reachedAt(curve, 1.5)).toBeCloseTo(8 / 1.5, 12)
  })

  it('is unknown before the first look, and stays as it is after the last', () => {
    expect(valueAt(curve, 0.5)).toBeUndefined()
    expect(valueAt(curve, 1)).toBe(8)
    expect(valueAt(curve, 100)).toBe(1)
  })

  it('reaches a goal at its first look, or never', () => {
    expect(reachedAt(curve, 9)).toBe(1)
    expect(reachedAt(curve, 0.5)).toBeUndefined()
  })

  it('is a straight line where there are no logarithms', () => {
    const crossing = [
      { x: 0, y: 1 },
      { x: 2, y: -1 },
    ]
    expect(valueAt(crossing, 1)).toBe(0)
    expect(reachedAt(crossing, 0)).toBe(1)
  })
})
