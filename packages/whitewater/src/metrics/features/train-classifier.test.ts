import { describe, expect, it } from 'vitest'
import { shiftImage } from './train-classifier.ts'

describe('shiftImage', () => {
  const image = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
  const shifted = (dx: number, dy: number): number[] => {
    const out = new Float32Array(12)
    shiftImage(image, out, [2, 2, 3], [dx, dy])
    return [...out]
  }

  it('moves every channel right and down, or left and up, and lets paper in', () => {
    expect(shifted(0, 0)).toEqual([...image])
    expect(shifted(1, 0)).toEqual([-1, 1, 2, -1, 4, 5, -1, 7, 8, -1, 10, 11])
    expect(shifted(0, 1)).toEqual([-1, -1, -1, 1, 2, 3, -1, -1, -1, 7, 8, 9])
    expect(shifted(-2, -1)).toEqual([6, -1, -1, -1, -1, -1, 12, -1, -1, -1, -1, -1])
  })
})
