import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dataset } from './dataset.ts'
import { flatten, randomSubset, split, take } from './subset.ts'

/** Sample i holds i, i + 0.5 and is labelled i mod 3. */
const counted = (count: number): Dataset => ({
  name: 'counted',
  samples: ndarray(
    Float32Array.from({ length: 2 * count }, (_, i) => i / 2),
    [count, 1, 2],
  ),
  labels: Int32Array.from({ length: count }, (_, i) => i % 3),
  classes: 3,
})

const indices = ({ samples }: Dataset): number[] => Array.from(samples.data).filter((_, i) => i % 2 === 0)

function expectWhole({ samples, labels }: Dataset): void {
  Array.from(samples.data).forEach((value, i) => {
    const index = Math.floor(value)
    expect(labels?.[i >> 1]).toBe(index % 3)
    expect(value - index).toBe((i & 1) / 2)
  })
}

describe('split', () => {
  it('parts the samples, with their labels, without loss or overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 200 }),
        fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        fc.nat(),
        (n, f, seed) => {
          const [first, second] = split(counted(n), f, seed)
          expect(first.samples.shape).toEqual([Math.round(f * n), 1, 2])
          expect([...indices(first), ...indices(second)].sort((a, b) => a - b)).toEqual(indices(counted(n)))
          expectWhole(first)
          expectWhole(second)
          expect(split(counted(n), f, seed)[0]).toEqual(first)
        },
      ),
      { numRuns: 30, seed: 1 },
    )
    expect(split(counted(50), 0.5, 1)[0]).not.toEqual(split(counted(50), 0.5, 2)[0])
  })

  it('refuses an empty part', () => {
    expect(() => split(counted(10), 1, 0)).toThrow('fewer than 2')
    expect(() => split(counted(10), NaN, 0)).toThrow('fewer than 2')
  })
})

describe('take, randomSubset and flatten', () => {
  it('keep samples with their labels', () => {
    expect(indices(take(counted(9), 4))).toEqual([0, 1, 2, 3])
    expect(take(counted(9), 4).labels).toEqual(Int32Array.of(0, 1, 2, 0))
    const subset = randomSubset(counted(100), 30, 5)
    expectWhole(subset)
    expect(new Set(indices(subset)).size).toBe(30)
    expect(indices(subset)).toEqual(indices(subset).sort((a, b) => a - b))
    expect(() => take(counted(9), 10)).toThrow(
      '10 samples of counted asked for, expected an integer from 2 to the 9',
    )
    const { data, shape } = flatten(counted(9))
    expect([shape, data]).toEqual([[9, 2], counted(9).samples.data])
  })
})
