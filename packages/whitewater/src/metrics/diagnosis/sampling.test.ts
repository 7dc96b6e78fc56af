import { randomStream } from '@whitewater/tensor'
import { expect, test } from 'vitest'
import { covariance } from '../../linalg/covariance.ts'
import { eigenSymmetric, eigenvaluesSymmetric } from '../../linalg/eigen.ts'
import { matrix } from '../../linalg/matrix.ts'
import { multiply, multiplyTransposed } from '../../linalg/product.ts'
import { conditionOf } from '../../linalg/roots.ts'
import { zcaMatrices } from '../../linalg/whitening.ts'
import { samplingEdges, supportOf } from './sampling.ts'

const n = 1200
const d = 120

/** Covariance of n samples of N(0, diag(variances)). */
function measured(seed: number, variances: readonly number[]) {
  const data = randomStream(seed).normal(n * d)
  data.forEach((value, i) => (data[i] = value * Math.sqrt(variances[i % d])))
  return covariance({ data, n, d }).covariance
}

test('white data shows the edges of Marchenko and Pastur', () => {
  const edges = samplingEdges(n, d)
  const values = eigenvaluesSymmetric(measured(1, Array<number>(d).fill(1)))
  expect(values[0] / edges.largest).toBeCloseTo(1, 1)
  expect(values[d - 1] / edges.smallest).toBeCloseTo(1, 1)
  expect(edges.kappa).toBeCloseTo(edges.largest / edges.smallest, 12)
})

test('whitening by few samples leaves that condition number on fresh ones, whatever the data', async () => {
  const variances = Array.from({ length: d }, (_, j) => 10 ** (-3 * (j / d)))
  const { whiten } = await zcaMatrices(eigenSymmetric(measured(2, variances)), { floor: 0 })
  const sigma = matrix(d, d)
  variances.forEach((value, j) => (sigma.data[j * d + j] = value))
  const left = eigenvaluesSymmetric(multiplyTransposed(multiply(whiten, sigma), whiten))
  expect(conditionOf(left) / samplingEdges(n, d).kappa).toBeCloseTo(1, 0)
  expect(conditionOf(left) / samplingEdges(n, d).kappa).toBeLessThan(1.1)
  expect(conditionOf(left) / samplingEdges(n, d).kappa).toBeGreaterThan(0.85)
})

test('nothing is known of the smallest eigenvalue from as few samples as dimensions', () => {
  expect(samplingEdges(10, 10)).toMatchObject({ smallest: 0, kappa: Infinity })
  expect(samplingEdges(1e9, 2).kappa).toBeCloseTo(1, 3)
})

test('the support leaves out rounding, or what is narrower than asked', () => {
  expect(supportOf([4, 1, 1e-16, 0])).toEqual({ dimension: 2, kappa: 4 })
  expect(supportOf([4, 1, 1e-3], 0.01)).toEqual({ dimension: 2, kappa: 4 })
  expect(supportOf([0, 0])).toEqual({ dimension: 0, kappa: 1 })
})
