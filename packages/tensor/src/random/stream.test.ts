import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomStream, restoreStream, type RandomStream } from './stream.ts'

const draws: Record<string, (stream: RandomStream) => ArrayLike<number>> = {
  uniform: (stream) => stream.uniform(2501),
  normal: (stream) => stream.normal(4099),
  integers: (stream) => stream.integers(3000, 3 * 2 ** 29),
  permutation: (stream) => stream.permutation(2100),
  nextUniform: (stream) => [stream.nextUniform()],
}
const names = Object.keys(draws)

/** Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7. */
function normalDistribution(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * z)
  const tail =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const erf = 1 - tail * Math.exp(-z * z)
  return x < 0 ? (1 - erf) / 2 : (1 + erf) / 2
}

/** Kolmogorov-Smirnov distance between a sample and a distribution function. */
function distance(sample: Float32Array, distribution: (x: number) => number): number {
  const sorted = sample.slice().sort()
  const n = sorted.length
  return sorted.reduce((worst, x, i) => {
    const at = distribution(x)
    return Math.max(worst, Math.abs(at - i / n), Math.abs(at - (i + 1) / n))
  }, 0)
}

const mean = (x: ArrayLike<number>, f: (v: number) => number = (v) => v): number =>
  Array.from(x).reduce((sum, v) => sum + f(v), 0) / x.length

function correlation(a: Float32Array, b: Float32Array): number {
  const product = a.map((v, i) => v * b[i])
  return mean(product) / Math.sqrt(mean(a, (v) => v * v) * mean(b, (v) => v * v))
}

describe('state', () => {
  it('restores exactly, wherever it is read', () => {
    const kinds = fc.array(fc.constantFrom(...names), { maxLength: 6 })
    fc.assert(
      fc.property(fc.maxSafeNat(), kinds, kinds, (seed, before, after) => {
        const stream = randomStream(seed)
        for (const name of before) draws[name](stream)
        const restored = restoreStream(stream.state)
        for (const name of after) expect(draws[name](restored)).toEqual(draws[name](stream))
        expect(restored.state).toEqual(stream.state)
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  it('counts whole blocks of four words', () => {
    const stream = randomStream(9)
    stream.normal(5)
    expect(stream.state).toEqual({ key: 9, position: 2 })
    stream.nextUniform()
    expect(stream.state).toEqual({ key: 9, position: 3 })
  })

  it('is the same numbers for a count and for an array, and a longer draw begins with the shorter', () => {
    const whole = randomStream(5).normal(10_000)
    expect(randomStream(5).normal(new Float32Array(10_000))).toEqual(whole)
    expect(randomStream(5).normal(2777)).toEqual(whole.subarray(0, 2777))
    const rest = restoreStream({ key: 5, position: 1000 }).normal(6000)
    expect(rest).toEqual(whole.subarray(4000))
  })

  it('gives these numbers on every platform', () => {
    expect(Array.from(randomStream(0).uniform(2))).toEqual([
      (0x6627e8d5 >>> 8) * 2 ** -24,
      (0xe169c58d >>> 8) * 2 ** -24,
    ])
    expect(Array.from(randomStream(2026).normal(4))).toMatchInlineSnapshot(`
      [
        -0.09095185250043869,
        1.2940857410430908,
        0.5014552474021912,
        0.6746288537979126,
      ]
    `)
    expect(Array.from(randomStream(2026).split('noise').integers(6, 100))).toMatchInlineSnapshot(`
      [
        91,
        2,
        64,
        22,
        36,
        5,
      ]
    `)
    expect(Array.from(randomStream(2026).permutation(8))).toMatchInlineSnapshot(`
      [
        3,
        4,
        6,
        0,
        7,
        1,
        5,
        2,
      ]
    `)
  })

  it('refuses seeds, positions and counts that are not nonnegative integers', () => {
    expect(() => randomStream(-1)).toThrow('random key is -1')
    expect(() => randomStream(0.5)).toThrow(RangeError)
    expect(() => restoreStream({ key: 1, position: NaN })).toThrow(RangeError)
    expect(() => randomStream(1).normal(2.5)).toThrow(RangeError)
    expect(() => randomStream(1).integers(3, 0)).toThrow('below 0')
  })
})

describe('distributions', () => {
  const n = 200_000

  it('normals have the moments and the distribution of N(0, 1)', () => {
    const z = randomStream(11).normal(n)
    // Five standard errors: of the mean 1/sqrt(n), the square sqrt(2/n), the cube sqrt(15/n), the fourth power sqrt(96/n).
    expect(Math.abs(mean(z))).toBeLessThan(5 * Math.sqrt(1 / n))
    expect(Math.abs(mean(z, (v) => v ** 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
    expect(Math.abs(mean(z, (v) => v ** 3))).toBeLessThan(5 * Math.sqrt(15 / n))
    expect(Math.abs(mean(z, (v) => v ** 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n))
    // The 0.1 % point of the Kolmogorov-Smirnov statistic is 1.95 / sqrt(n).
    expect(distance(z, normalDistribution)).toBeLessThan(1.95 / Math.sqrt(n))
  })

  it('the two normals of a pair, and neighbours, are uncorrelated, and so are their squares', () => {
    const z = randomStream(12).normal(n)
    const squares = z.map((v) => v * v - 1)
    for (const lag of [1, 2, 4]) {
      expect(Math.abs(correlation(z.subarray(lag), z.subarray(0, -lag)))).toBeLessThan(5 / Math.sqrt(n))
      expect(Math.abs(correlation(squares.subarray(lag), squares.subarray(0, -lag)))).toBeLessThan(
        5 / Math.sqrt(n),
      )
    }
  })

  it('uniforms are uniform on [0, 1)', () => {
    const u = randomStream(13).uniform(n)
    expect(u.every((v) => v >= 0 && v < 1)).toBe(true)
    expect(distance(u, (x) => x)).toBeLessThan(1.95 / Math.sqrt(n))
    const scalars = Float32Array.from(
      { length: 2000 },
      (
        (stream) => () =>
          stream.nextUniform()
      )(randomStream(14)),
    )
    expect(distance(scalars, (x) => x)).toBeLessThan(1.95 / Math.sqrt(2000))
  })

  it.each([1, 3, 7, 10, 1000])('integers below %d are equally likely', (high) => {
    const counts = new Float64Array(high)
    for (const v of randomStream(15).integers(n, high)) counts[v]++
    const expected = n / high
    const chiSquare = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0)
    expect(chiSquare).toBeLessThan(high - 1 + 5 * Math.sqrt(2 * high))
  })

  it('rejects the words that would bias a bound near 2^31', () => {
    // Without rejection the lower third of [0, 3 * 2^29) would be drawn half as often again as the rest.
    const high = 3 * 2 ** 29
    const low =
      randomStream(16)
        .integers(n, high)
        .filter((v) => v < 2 ** 29).length / n
    expect(Math.abs(low - 1 / 3)).toBeLessThan(5 * Math.sqrt(2 / 9 / n))
  })

  it('permutations hold every index once and put each anywhere equally often', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.maxSafeNat(), (count, seed) => {
        const sorted = randomStream(seed).permutation(count).sort()
        expect(sorted).toEqual(Int32Array.from({ length: count }, (_, i) => i))
      }),
      { numRuns: 20, seed: 2 },
    )
    const stream = randomStream(17)
    const counts = new Map<string, number>()
    for (let i = 0; i < 12_000; i++) {
      const order = stream.permutation(4).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    const chiSquare = [...counts.values()].reduce((sum, c) => sum + (c - 500) ** 2 / 500, 0)
    expect(chiSquare).toBeLessThan(23 + 5 * Math.sqrt(46))
  })
})

describe('split', () => {
  it('depends on key and name, not on position', () => {
    const stream = randomStream(21)
    const before = stream.split('data').normal(16)
    stream.normal(1000)
    expect(stream.split('data').normal(16)).toEqual(before)
    expect(stream.split('noise').normal(16)).not.toEqual(before)
    expect(randomStream(22).split('data').normal(16)).not.toEqual(before)
  })

  it('gives every name its own key', () => {
    const keys = new Set([''].map((name) => randomStream(1).split(name).state.key))
    for (let i = 0; i < 2000; i++) keys.add(randomStream(1).split(`worker/${i}`).state.key)
    for (const name of ['a', 'a\0', 'a\0\0', 'abcdefgh', 'abcdefgh\0', 'α']) {
      keys.add(randomStream(1).split(name).state.key)
    }
    expect(keys.size).toBe(2007)
  })

  it('is uncorrelated with its siblings and its parent', () => {
    const n = 100_000
    const parent = randomStream(23)
    const streams = [parent, parent.split('a'), parent.split('b'), parent.split('a').split('b')]
    const numbers = streams.map((stream) => stream.normal(n))
    for (let i = 0; i < numbers.length; i++) {
      for (let j = 0; j < i; j++)
        expect(Math.abs(correlation(numbers[i], numbers[j]))).toBeLessThan(5 / Math.sqrt(n))
    }
  })
})
