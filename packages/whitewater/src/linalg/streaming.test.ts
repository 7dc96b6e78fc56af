import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covariance, type Samples } from './covariance.ts'
import { matrix } from './matrix.ts'
import {
  emptyMoments,
  finishMoments,
  mergeMoments,
  momentsOfBlock,
  type RunningMoments,
} from './streaming.ts'
import { seeds, uniform } from './testing/arbitrary.ts'

/** Multiples of 1/8 in (-4, 4), correlated, plus `shift`: exact in float64. */
function eighths(n: number, d: number, seed: number, shift = 0): Samples {
  const next = uniform(seed)
  const data = new Float64Array(n * d)
  for (let i = 0; i < n; i++) {
    const common = Math.round(16 * next())
    for (let j = 0; j < d; j++) data[i * d + j] = (common + Math.round(16 * next())) / 8 + shift
  }
  return { data, n, d }
}

const rowsOf = ({ data, d }: Samples, from: number, to: number): Samples => ({
  data: data.subarray(from * d, to * d),
  n: to - from,
  d,
})

/** Parts of any sizes, empty ones too. */
function splitAt(samples: Samples, cuts: readonly number[]): Samples[] {
  const ends = [...cuts.map((cut) => cut % (samples.n + 1)), samples.n].sort((a, b) => a - b)
  return ends.map((end, i) => rowsOf(samples, ends[i - 1] ?? 0, end))
}

/** Merges two of the moments, whichever `pick` says, until one is left. */
function mergedInAnyOrder(parts: readonly RunningMoments[], pick: () => number): RunningMoments {
  const left = [...parts]
  const take = () => left.splice(Math.abs(Math.floor(pick() * 1e6)) % left.length, 1)[0]
  while (left.length > 1) left.push(mergeMoments(take(), take()))
  return left[0]
}

/** Largest difference over largest magnitude. */
function relative(a: Float64Array, b: Float64Array): number {
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-300)
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]) / scale), 0)
}

/** Up to a billion standard deviations; beyond, float64 itself no longer holds such data to many digits. */
const shifts = fc.constantFrom(0, 1, 2 ** 20, -(2 ** 30))
const cuts = fc.array(fc.nat(1000), { maxLength: 6 })

test('any split merged in any order is one pass, and a huge mean costs no digits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 5 }),
      seeds,
      cuts,
      shifts,
      (n, d, seed, at, shift) => {
        // Without the shift the same samples have the same scatter, computed where nothing can be lost.
        const expected = momentsOfBlock(eighths(n, d, seed))
        const parts = splitAt(eighths(n, d, seed, shift), at).map(momentsOfBlock)
        const found = mergedInAnyOrder(parts, uniform(seed + 1))
        expect(found.count).toBe(n)
        expect(relative(found.scatter.data, expected.scatter.data)).toBeLessThan(1e-12)
        const mean = found.mean.map((value, j) => value - shift + found.rest[j])
        const scale = Math.max(1, ...Array.from(expected.mean, Math.abs))
        mean.forEach((value, j) => expect(Math.abs(value - expected.mean[j]) / scale).toBeLessThan(1e-14))
      },
    ),
    { numRuns: 300 },
  )
})

test('merging changes neither argument, and none leaves no trace', () => {
  const a = momentsOfBlock(eighths(7, 3, 1))
  const b = momentsOfBlock(eighths(9, 3, 2, 5))
  const before = structuredClone([a, b])
  mergeMoments(a, b)
  expect([a, b]).toEqual(before)
  expect(mergeMoments(a, emptyMoments(3))).toEqual(a)
  expect(mergeMoments(emptyMoments(3), a)).toEqual(a)
  expect(momentsOfBlock(eighths(0, 3, 1))).toEqual(emptyMoments(3))
})

test('finished, they are what `covariance` says', () => {
  const samples = eighths(50, 4, 3, 7)
  for (const ddof of [0, 1]) {
    const parts = splitAt(samples, [11, 30]).map(momentsOfBlock)
    const found = finishMoments(mergedInAnyOrder(parts, uniform(4)), { ddof })
    const expected = covariance(samples, { ddof })
    expect(relative(found.covariance.data, expected.covariance.data)).toBeLessThan(1e-13)
    expect(relative(found.mean, expected.mean)).toBeLessThan(1e-15)
  }
})

test('one sample, and other features, are refused', () => {
  expect(() => finishMoments(momentsOfBlock(eighths(1, 2, 1)))).toThrow('more than 1 samples, got 1')
  expect(() => finishMoments(emptyMoments(2), { ddof: 0 })).toThrow('more than 0 samples, got 0')
  expect(finishMoments(momentsOfBlock(eighths(1, 2, 1)), { ddof: 0 }).covariance).toEqual(matrix(2, 2))
  expect(() => mergeMoments(emptyMoments(2), emptyMoments(3))).toThrow('moments of 2 and of 3 features')
})
