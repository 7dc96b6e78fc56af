import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covariance } from './covariance.ts'
import { largestDifference, matrix, trace, type Matrix } from './matrix.ts'
import { inBlocks } from './moments.ts'
import { ledoitWolf, meanFourthPower, shrunk, shrunkEigen } from './shrinkage.ts'
import { eigenOf } from './symmetric.ts'
import { fromEigen } from './roots.ts'
import { randomMatrix, seeds } from './testing/arbitrary.ts'

async function estimate({ data, rows, columns }: Matrix): Promise<number> {
  const samples = { data, n: rows, d: columns }
  const { mean, covariance: sigma } = covariance(samples)
  return ledoitWolf(sigma, await meanFourthPower(inBlocks(samples, 7), mean), rows)
}

/** Ledoit & Wolf 2004 as they write it: b^2 = sum_k |x_k x_k^T - S|^2 / n^2, every entry by itself. */
function literal({ data, rows: n, columns: d }: Matrix): number {
  const { mean, covariance: sigma } = covariance({ data, n, d }, { ddof: 0 })
  const mu = trace(sigma) / d
  let a = 0
  let b = 0
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const s = sigma.data[i * d + j]
      a += (s - (i === j ? mu : 0)) ** 2
      for (let k = 0; k < n; k++)
        b += ((data[k * d + i] - mean[i]) * (data[k * d + j] - mean[j]) - s) ** 2 / n ** 2
    }
  }
  return Math.min(a, b) / a
}

test('the estimate is that of the formula written out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 3, max: 30 }),
      fc.integer({ min: 2, max: 6 }),
      seeds,
      async (n, d, seed) => {
        const noise = randomMatrix(n, d, seed)
        const samples = matrix(
          n,
          d,
          noise.data.map((value, at) => value * (1 + (at % d)) + 5),
        )
        expect(await estimate(samples)).toBeCloseTo(literal(samples), 10)
      },
    ),
    { numRuns: 40 },
  )
})

// sklearn.covariance.ledoit_wolf (scikit-learn 1.x) of the same samples; its covariance has divisor n.
test('the estimate and the covariance are those of scikit-learn', async () => {
  const n = 12
  const d = 5
  const samples = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, (_, at) => {
      const i = Math.floor(at / d)
      const j = at % d
      return Math.sin(1 + 7 * i + 3 * j * j) * (j + 1) + 0.3 * i
    }),
  )
  const rho = await estimate(samples)
  expect(rho).toBeCloseTo(0.2946853040295504, 13)
  const { covariance: sigma } = covariance({ data: samples.data, n, d })
  const expected = [3.22875053, 0.06959094, 1.75615189, 0.5866302, -0.64183518]
  expected.forEach((value, j) => expect(shrunk(sigma, rho).data[j]).toBeCloseTo(value, 7))
})

test('shrinking leaves the trace and the eigenvectors', async () => {
  const { data, rows, columns } = randomMatrix(9, 5, 4)
  const { covariance: sigma } = covariance({ data, n: rows, d: columns })
  const rho = 0.37
  expect(trace(shrunk(sigma, rho))).toBeCloseTo(trace(sigma), 12)
  const eigen = shrunkEigen(await eigenOf(sigma), rho)
  expect(largestDifference(fromEigen(eigen, eigen.values), shrunk(sigma, rho))).toBeLessThan(1e-13)
})

test('one feature, or equal variances, leave nothing to shrink', async () => {
  expect(await estimate(randomMatrix(9, 1, 1))).toBe(0)
  expect(await estimate(matrix(4, 2, Float64Array.of(1, 1, -1, 1, 1, -1, -1, -1)))).toBe(0)
})
