import { ndarray, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { dataset } from '../../data/registry.ts'
import { linearPath } from '../../flow/path.ts'
import { integrate } from '../../flow/integrate.ts'
import { solverNamed } from '../../flow/solvers.ts'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { eigenSymmetric } from '../../linalg/eigen.ts'
import { largestDifference, transpose, type Matrix } from '../../linalg/matrix.ts'
import { multiply } from '../../linalg/product.ts'
import { sqrtSymmetric } from '../../linalg/roots.ts'
import { gaussianResidual } from './gaussian.ts'
import { asFloat, momentsOf, ofClass, pooledWithin, silent } from './testing.ts'

describe('what an untrained network draws', () => {
  it.each(['plain', 'class-means', 'class'] as const)(
    '%s: has the mean and covariance of its label',
    async (kind) => {
      const count = 4000
      const data = await dataset('mixture', {
        components: 2,
        dimension: 3,
        conditionNumber: 1e3,
        samples: 600,
      })
      const fitted = await gaussianResidual({ covariance: kind, pool: 0 }).fit(data)
      const noise = ndarray(randomStream(2).normal(3 * count), [count, 3])
      const { x } = await integrate(noise, {
        field: fitted.field(silent, linearPath),
        method: solverNamed('dopri5'),
        from: 0,
        to: 1,
        relativeTolerance: 1e-5,
        absoluteTolerance: 1e-5,
        ...(kind !== 'plain' && { labels: ndarray(new Int32Array(count).fill(1), [count]) }),
      })
      const drawn = covariance(flatten(asFloat(x)))
      const start = covariance(flatten(noise))
      const part = kind === 'plain' ? data : ofClass(data, 1)
      const { mean } = momentsOf(part)
      const sigma = kind === 'class-means' ? pooledWithin(data) : momentsOf(part).covariance
      // The exact map is m + Sigma^1/2 x0: compared through the noise that was drawn, nothing is left to chance.
      const root = sqrtSymmetric(sigma)
      const expected = multiply(multiply(root, start.covariance), root)
      expect(largestDifference(drawn.covariance, expected)).toBeLessThan(1e-3 * sigma.data[0])
      mean.forEach((value, i) => {
        const shift = start.mean.reduce((sum, m, j) => sum + root.data[i * 3 + j] * m, value)
        expect(Math.abs(drawn.mean[i] - shift)).toBeLessThan(1e-3)
      })
    },
  )

  it('at condition number 1e8 float32 still carries the narrowest direction', async () => {
    const count = 2000
    const d = 5
    const data = await dataset('gaussian', { dimension: d, conditionNumber: 1e8, samples: count })
    const fitted = await gaussianResidual({ floor: 0 }).fit(data)
    const noise = ndarray(randomStream(2).normal(d * count), [count, d])
    const { x } = await integrate(noise, {
      field: fitted.field(silent, linearPath),
      method: solverNamed('dopri5'),
      from: 0,
      to: 1,
      relativeTolerance: 1e-6,
      absoluteTolerance: 1e-6,
    })
    const { covariance: sigma } = momentsOf(data)
    const root = sqrtSymmetric(sigma)
    const expected = multiply(multiply(root, covariance(flatten(noise)).covariance), root)
    const drawn = covariance(flatten(asFloat(x))).covariance
    const { vectors } = eigenSymmetric(sigma)
    const along = (of: Matrix, j: number) =>
      multiply(transpose(vectors), multiply(of, vectors)).data[j * (d + 1)]
    // Rounding of x, of size 1, to float32 is 6e-4 of the narrowest standard deviation, 1e-4.
    for (let j = 0; j < d; j++) expect(Math.abs(along(drawn, j) / along(expected, j) - 1)).toBeLessThan(0.01)
  })
})
