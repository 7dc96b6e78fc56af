// The mean of stochastic gradient descent against Prop. 3.5.
import { randomStream } from '@whitewater/tensor'
import { expect, test } from 'vitest'
import { gaussianCovariance } from '../../data/toy/gaussian.ts'
import { matrix } from '../../linalg/matrix.ts'
import { bestStepSize, errorFactors } from '../../theory/descent.ts'
import { flowMap } from '../../theory/gaussian-flow.ts'
import { gaussianOf, pathEigenvalues, velocityMatrix } from '../../theory/gaussian.ts'
import { measureStochastic } from './stochastic-descent.ts'

const D = 3
const law = gaussianOf(matrix(D, D, gaussianCovariance({ dimension: D, conditionNumber: 100, seed: 2 }).data))

test('the mean error of each mode shrinks by 1 - 2 eta lambda_j a step, within 4 standard errors of 1000 runs', async () => {
  const t = 0.8
  const modes = pathEigenvalues(law.eigen.values, t)
  const stepSize = 0.2 * bestStepSize(modes)
  const means = await measureStochastic({
    t,
    stepSize,
    steps: 30,
    runs: 1000,
    batch: 8,
    stream: randomStream(4),
    root: flowMap(law, { to: 1 }),
    start: matrix(D, D, Float64Array.of(1, -1, 2, 0.5, 0, 1, -2, 1, 1)),
    optimum: velocityMatrix(law, t),
    directions: law.eigen.vectors,
  })
  expect(means).toHaveLength(31)
  const factors = errorFactors(modes, stepSize)
  for (const k of [0, 1, 10, 30]) {
    means[k].mean.forEach((mean, j) => {
      const deviation = Math.abs(mean - factors[j] ** k)
      expect(deviation).toBeLessThan(4 * means[k].error[j] + 1e-12)
      // The check can fail: a standard error is far below what the mode has moved.
      if (k === 30) expect(means[k].error[j]).toBeLessThan(0.05 * (1 - factors[j] ** k))
    })
  }
})
