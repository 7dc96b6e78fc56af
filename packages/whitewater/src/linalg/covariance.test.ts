import { ndarray } from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covariance, flatten } from './covariance.ts'
import { eigenSymmetric } from './eigen.ts'
import { identity, largestDifference, matrix, type Matrix } from './matrix.ts'
import { multiply, multiplyTransposed } from './product.ts'
import { conditionNumber } from './roots.ts'
import { randomMatrix, seeds, uniform } from './testing/arbitrary.ts'
import { goldenNote, goldenTensors, haveGoldens } from './testing/goldens.ts'
import { zcaMatrices } from './whitening.ts'

const samplesOf = ({ data, rows, columns }: Matrix) => ({ data, n: rows, d: columns })

test('covariance of A x + b is A Cov(x) A^T, with a mean that drowns no digits', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const x = randomMatrix(40, 5, seed)
      const a = randomMatrix(4, 5, seed + 1)
      const y = multiplyTransposed(x, a)
      y.data.forEach((value, at) => (y.data[at] = value + 1000 * (1 + (at % 4))))
      const expected = multiply(a, multiplyTransposed(covariance(samplesOf(x)).covariance, a))
      expect(largestDifference(covariance(samplesOf(y)).covariance, expected)).toBeLessThan(1e-10)
    }),
  )
})

test('blocks of samples add up, and float32 data is read as it is', () => {
  const next = uniform(5)
  const data = Float32Array.from({ length: 1500 * 3 }, next)
  const { mean, covariance: s } = covariance(flatten(ndarray(data, [1500, 3, 1])), { ddof: 0 })
  let [sum, product] = [0, 0]
  for (let i = 0; i < 1500; i++) sum += data[i * 3 + 2] / 1500
  for (let i = 0; i < 1500; i++) product += ((data[i * 3 + 2] - sum) * (data[i * 3] - mean[0])) / 1500
  expect(mean[2]).toBeCloseTo(sum, 14)
  expect(s.data[2]).toBeCloseTo(product, 14)
  expect(s.data[6]).toBe(s.data[2])
})

test('too few samples and missing features are refused', () => {
  expect(() => covariance(samplesOf(matrix(1, 2)))).toThrow('more than 1 samples, got 1')
  expect(() => flatten(ndarray(new Float32Array(3), [3]))).toThrow(
    'got shape [3], expected [samples, ...features]',
  )
})

test('ZCA whitens, undoes itself, and keeps rank-deficient data invertible', async () => {
  const x = multiply(randomMatrix(60, 3, 1), randomMatrix(3, 5, 2))
  const { covariance: s } = covariance(samplesOf(x))
  const eigen = eigenSymmetric(s)
  const { whiten, colour, flooredCount, eigenvalues } = await zcaMatrices(eigen, { floor: 1e-4 })
  expect(flooredCount).toBe(2)
  expect(eigenvalues).toHaveLength(5)
  expect(largestDifference(multiply(whiten, colour), identity(5))).toBeLessThan(1e-12)
  expect(conditionNumber(colour)).toBeCloseTo(100, 6)
  await expect(zcaMatrices(eigenSymmetric(matrix(2, 2)), { floor: 0 })).rejects.toThrow('does not vary')
  const line = eigenSymmetric(matrix(2, 2, Float64Array.of(1, 1, 1, 1)))
  line.values[1] = 0
  await expect(zcaMatrices(line, { floor: 0 })).rejects.toThrow('give a floor such as 1e-6')
})

test('large whitening matrices, made on the engine, are as exact and exactly symmetric', async () => {
  const d = 800
  const { covariance: s } = covariance(samplesOf(randomMatrix(2 * d, d, 3)))
  const { whiten, colour } = await zcaMatrices(eigenSymmetric(s), { floor: 0, engine: { threads: 1 } })
  expect(largestDifference(multiply(whiten, colour), identity(d))).toBeLessThan(1e-11)
  expect(largestDifference(multiply(colour, colour), s)).toBeLessThan(1e-11)
  expect(whiten.data[d]).toBe(whiten.data[1])
})

describe.skipIf(!haveGoldens)(`whitening golden${goldenNote}`, () => {
  test('mean, covariance, eigenvalues, W and Z of ZCA', async () => {
    const tensor = goldenTensors('whitening/a')
    const asMatrix = (name: string): Matrix => {
      const { data, shape } = tensor(name)
      return matrix(shape[0], shape[1], Float64Array.from(data))
    }
    const moments = covariance(flatten(tensor('X')))
    moments.mean.forEach((value, j) => expect(value).toBeCloseTo(tensor('mean').data[j], 13))
    expect(largestDifference(moments.covariance, asMatrix('cov'))).toBeLessThan(1e-12)
    const { whiten, eigenvalues, flooredCount } = await zcaMatrices(eigenSymmetric(moments.covariance))
    eigenvalues.forEach((value, j) => expect(value).toBeCloseTo(tensor('eigvals_cov').data[j], 11))
    expect(largestDifference(whiten, asMatrix('W.ZCA'))).toBeLessThan(1e-12)
    expect(flooredCount).toBe(0)
    const centred = asMatrix('X')
    centred.data.forEach((value, at) => (centred.data[at] = value - moments.mean[at % 6]))
    expect(largestDifference(multiply(centred, whiten), asMatrix('Z.ZCA'))).toBeLessThan(1e-12)
  })
})
