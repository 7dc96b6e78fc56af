// Every value of the metrics golden, against the reference implementations that made it.
import { ndarray } from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { assign } from '../linalg/assignment.ts'
import { covariance, flatten } from '../linalg/covariance.ts'
import { goldenJson, goldenNote, goldenTensors, haveGoldens } from '../linalg/testing/goldens.ts'
import { frechetDistance, moments } from './frechet.ts'
import { kid, kidOfSubsets } from './kid.ts'
import { manifoldMetrics, neighbourRadii } from './manifold.ts'
import { medianBandwidth, mmdEstimates } from './mmd.ts'
import { forEachSquaredDistance } from './pairwise.ts'
import type { Vectors } from './samples.ts'
import { slicedWasserstein } from './sliced-wasserstein.ts'
import { lineDistances } from './wasserstein1d.ts'

interface Estimates {
  readonly biased: number
  readonly unbiased: number
}

interface Golden {
  readonly frechet: {
    readonly fid_X_Y: number
    readonly fid_X_X: number
    readonly mean_term: number
    readonly rank_deficient: { readonly value: number }
  }
  readonly mmd2_rbf: {
    readonly single: Estimates & { readonly sigma: number }
    readonly multiscale_sum: Estimates & { readonly sigmas: number[] }
    readonly median_heuristic: Estimates & {
      readonly sigma: number
      readonly median_squared_distance: number
    }
  }
  readonly kid: {
    readonly full_unbiased: number
    readonly full_biased: number
    readonly subsets: number[]
    readonly subset_mean: number
    readonly subset_std: number
  }
  readonly prdc: Record<'k3' | 'k5', Record<'precision' | 'recall' | 'density' | 'coverage', number>>
  readonly sliced_w2: { readonly sw2: number; readonly sw2_squared: number; readonly mean_w1: number }
  readonly w1d: Record<'w2' | 'w2_squared' | 'w1' | 'w2_equal' | 'w2_squared_equal', number>
  readonly exact_ot64: { readonly w2: number; readonly w2_squared: number; readonly assignment: number[] }
}

const rows = ({ data, shape }: Vectors, count: number): Vectors =>
  ndarray(data.slice(0, count * shape[1]), [count, shape[1]])

const column = ({ data, shape }: Vectors, j: number): number[] =>
  Array.from({ length: shape[0] }, (_, i) => data[i * shape[1] + j])

const expectAll = (values: ArrayLike<number>, expected: ArrayLike<number>, digits: number): void => {
  expect(values).toHaveLength(expected.length)
  for (let i = 0; i < expected.length; i++) expect(values[i]).toBeCloseTo(expected[i], digits)
}

function suite(): void {
  const { values: golden } = goldenJson('metrics/a') as { readonly values: Golden }
  const tensor = goldenTensors('metrics/a')
  const x = tensor('X')
  const y = tensor('Y')

  test('moments and Frechet distance', () => {
    for (const [vectors, name] of [[x, 'X'] as const, [y, 'Y'] as const]) {
      expectAll(moments(vectors).mean, tensor(`mu_${name}`).data, 13)
      expectAll(moments(vectors).covariance.data, tensor(`cov_${name}`).data, 12)
    }
    const shift = moments(x).mean.reduce((sum, value, j) => sum + (value - moments(y).mean[j]) ** 2, 0)
    expect(shift).toBeCloseTo(golden.frechet.mean_term, 12)
    expect(frechetDistance(x, y)).toBeCloseTo(golden.frechet.fid_X_Y, 9)
    expect(frechetDistance(x, x)).toBeCloseTo(golden.frechet.fid_X_X, 9)
    const few = frechetDistance(rows(x, 10), rows(y, 12))
    expect(few / golden.frechet.rank_deficient.value).toBeCloseTo(1, 6)
  })

  test('MMD^2: one bandwidth, a sum of several, the median heuristic', () => {
    const { single, multiscale_sum: several, median_heuristic: median } = golden.mmd2_rbf
    const check = (estimates: Estimates, expected: Estimates): void => {
      expect(estimates.unbiased).toBeCloseTo(expected.unbiased, 12)
      expect(estimates.biased).toBeCloseTo(expected.biased, 12)
    }
    check(mmdEstimates(x, y, { bandwidth: single.sigma }), single)
    check(mmdEstimates(x, y, { bandwidth: several.sigmas }), several)
    check(mmdEstimates(x, y), median)
    expect(medianBandwidth(x, y)).toBeCloseTo(median.sigma, 12)
    expect(medianBandwidth(x, y) ** 2).toBeCloseTo(median.median_squared_distance, 10)
  })

  test('KID: all samples and the stored subsets', () => {
    const i = tensor('kid_index_X')
    const j = tensor('kid_index_Y')
    const [count, size] = i.shape
    const subsets = Array.from({ length: count }, (_, s) => {
      const range = [s * size, (s + 1) * size] as const
      return [i.data.subarray(...range), j.data.subarray(...range)] as const
    })
    const result = kidOfSubsets(x, y, subsets)
    expectAll(result.values, golden.kid.subsets, 10)
    expect(result.mean).toBeCloseTo(golden.kid.subset_mean, 10)
    expect(result.std).toBeCloseTo(golden.kid.subset_std, 10)
    expect(kid(x, y).unbiased).toBeCloseTo(golden.kid.full_unbiased, 10)
    expect(kid(x, y).biased).toBeCloseTo(golden.kid.full_biased, 10)
  })

  test.each([3, 5] as const)('precision, recall, density, coverage and radii, k = %i', (k) => {
    const { precision, recall, density, coverage } = golden.prdc[`k${k}`]
    const result = manifoldMetrics(x, y, { k })
    expect(result.precision).toBe(precision)
    expect(result.recall).toBe(recall)
    expect(result.density).toBeCloseTo(density, 14)
    expect(result.coverage).toBe(coverage)
    expectAll(neighbourRadii(x, k), tensor(`radius${k}_X`).data, 12)
    expectAll(neighbourRadii(y, k), tensor(`radius${k}_Y`).data, 12)
  })

  test('sliced Wasserstein along the stored projections', () => {
    const result = slicedWasserstein(x, y, { projections: tensor('projections') })
    expect(result.w2).toBeCloseTo(golden.sliced_w2.sw2, 12)
    expect(result.w2 ** 2).toBeCloseTo(golden.sliced_w2.sw2_squared, 12)
    expect(result.w1).toBeCloseTo(golden.sliced_w2.mean_w1, 12)
    expectAll(result.w2Squared, tensor('sw2_per_projection').data, 12)
  })

  test('exact distances on the line, unequal and equal sizes', () => {
    const a = column(x, 0)
    const b = column(y, 1)
    const unequal = lineDistances(a, b)
    expect(unequal.w1).toBeCloseTo(golden.w1d.w1, 12)
    expect(unequal.w2Squared).toBeCloseTo(golden.w1d.w2_squared, 12)
    expect(Math.sqrt(unequal.w2Squared)).toBeCloseTo(golden.w1d.w2, 12)
    const equal = lineDistances(a.slice(0, 400), b.slice(0, 400))
    expect(equal.w2Squared).toBeCloseTo(golden.w1d.w2_squared_equal, 12)
    expect(Math.sqrt(equal.w2Squared)).toBeCloseTo(golden.w1d.w2_equal, 12)
  })

  test('optimal assignment of 64 to 64', () => {
    const cost = new Float64Array(64 * 64)
    const [a, b] = [x, y].map((vectors) => flatten(rows(vectors, 64)))
    forEachSquaredDistance(({ values }) => cost.set(values), a, b)
    const assignment = assign(cost, 64)
    expect(Array.from(assignment)).toEqual(golden.exact_ot64.assignment)
    const mean = assignment.reduce((sum, j, i) => sum + cost[i * 64 + j] / 64, 0)
    expect(mean).toBeCloseTo(golden.exact_ot64.w2_squared, 10)
    expect(Math.sqrt(mean)).toBeCloseTo(golden.exact_ot64.w2, 10)
  })

  test('the covariance behind all of it has divisor n - 1', () => {
    expectAll(covariance(flatten(x), { ddof: 1 }).covariance.data, tensor('cov_X').data, 12)
  })
}

describe.skipIf(!haveGoldens)(
  `metrics golden${goldenNote}`,
  haveGoldens ? suite : () => test('goldens', () => {}),
)
