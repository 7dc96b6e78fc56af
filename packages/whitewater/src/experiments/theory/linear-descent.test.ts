// Gradient descent as the engine does it, against Theorem 3.3 and Eq. 17.
import { randomStream } from '@whitewater/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussianCovariance } from '../../data/toy/gaussian.ts'
import { matrix, type Matrix } from '../../linalg/matrix.ts'
import { multiply, multiplyTransposed } from '../../linalg/product.ts'
import { inverseSqrtSymmetric } from '../../linalg/roots.ts'
import {
  bestContraction,
  bestStepSize,
  errorCurves,
  exactSteps,
  gradientDescentSteps,
  stepsByMode,
} from '../../theory/descent.ts'
import {
  gaussianOf,
  linearLoss,
  pathCondition,
  pathEigenvalues,
  velocityMatrix,
  type Gaussian,
} from '../../theory/gaussian.ts'
import { whitenedLaw } from '../../theory/preconditioned.ts'
import { compileDescent, largestDeviation, stepsToFraction, type DescentTrainer } from './linear-descent.ts'

const D = 4
const EPSILON = 1e-2
const STEPS = 500

const conditionNumbers = [1e1, 1e2, 1e3, 1e4]
const everyTime = [0, 0.5, 0.9, 1]

/** The data, and its law as the theory has it: for whitened data exactly N(0, I), Eq. 21, in the axes of Sigma. */
function dataOf(conditionNumber: number, whitened: boolean): { covariance: Matrix; law: Gaussian } {
  const covariance = matrix(D, D, gaussianCovariance({ dimension: D, conditionNumber, seed: 1 }).data)
  const law = gaussianOf(covariance)
  if (!whitened) return { covariance, law }
  const whiten = inverseSqrtSymmetric(covariance)
  return { covariance: multiplyTransposed(multiply(whiten, covariance), whiten), law: whitenedLaw(law) }
}

let trainer: DescentTrainer
beforeAll(async () => {
  trainer = await compileDescent(D)
})
afterAll(() => trainer.dispose())

const starts = { zero: matrix(D, D), random: matrix(D, D, Float64Array.from(randomStream(3).normal(D * D))) }

describe.each(conditionNumbers.flatMap((kappa) => [false, true].map((whitened) => ({ kappa, whitened }))))(
  'condition number $kappa, whitened: $whitened',
  ({ kappa, whitened }) => {
    const { covariance, law } = dataOf(kappa, whitened)
    const about = (t: number) => ({
      covariance,
      t,
      optimum: velocityMatrix(law, t),
      directions: law.eigen.vectors,
    })

    test.each(everyTime)(
      '500 steps at t = %d follow the predicted curve of every mode within 1e-5',
      async (t) => {
        const best = bestStepSize(pathEigenvalues(law.eigen.values, t))
        for (const start of [starts.zero, starts.random]) {
          // The best step ends whitened descent at once; half of it draws a curve.
          for (const stepSize of [best, best / 2]) {
            const descent = { start, stepSize, steps: STEPS }
            const measured = await trainer.measure({ ...about(t), ...descent })
            expect(largestDeviation(measured.errors, errorCurves(law, t, descent))).toBeLessThan(1e-5)
            expect(measured.losses[0]).toBeCloseTo(linearLoss(law, t, start), 9)
          }
        }
      },
    )

    test.each(everyTime)('steps to 1e-2 at t = %d: the exact form of Eq. 17, within 1', async (t) => {
      const modes = pathEigenvalues(law.eigen.values, t)
      const stepSize = bestStepSize(modes)
      const path = pathCondition(law.eigen.values, t)
      const predicted = exactSteps(bestContraction(path), EPSILON)
      const steps = predicted + 2
      const { errors } = await trainer.measure({ ...about(t), start: starts.random, stepSize, steps })
      const measured = stepsToFraction(errors, EPSILON)
      expect(measured).toBeDefined()
      expect(Math.abs((measured ?? Infinity) - predicted)).toBeLessThanOrEqual(1)
      expect(measured).toBeLessThanOrEqual(Math.max(1, Math.ceil(gradientDescentSteps(path, EPSILON))))
      expect(Math.max(...stepsByMode(modes, stepSize, EPSILON))).toBe(predicted)
    })
  },
)

test('a wrong prediction is told from a right one, and unreached accuracy from a count', async () => {
  const { covariance, law } = dataOf(100, false)
  const t = 0.9
  const stepSize = 0.3
  const run = {
    covariance,
    t,
    optimum: velocityMatrix(law, t),
    directions: law.eigen.vectors,
    start: starts.random,
  }
  const { errors } = await trainer.measure({ ...run, stepSize, steps: 50 })
  const descent = { start: starts.random, stepSize, steps: 50 }
  expect(largestDeviation(errors, errorCurves(law, t, descent))).toBeLessThan(1e-12)
  expect(largestDeviation(errors, errorCurves(law, t, { ...descent, stepSize: 0.3001 }))).toBeGreaterThan(
    1e-5,
  )
  expect(stepsToFraction(errors, 1e-9)).toBeUndefined()
})
