// Every tensor and scalar of the Gaussian and mixture goldens, made by an independent float64 implementation.
import { ndarray } from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { goldenJson, goldenNote, goldenTensors, haveGoldens } from '../linalg/testing/goldens.ts'
import { largestDifference, matrix, type Matrix } from '../linalg/matrix.ts'
import { bestContraction, bestStepSize, descentIterate, descentIterates } from './descent.ts'
import { flow, flowMap } from './gaussian-flow.ts'
import {
  conditionalCovariance,
  crossCovariance,
  excessRisk,
  gaussianOf,
  irreducibleLoss,
  linearLoss,
  pathCondition,
  pathCovariance,
  pathEigenvalues,
  velocityMatrix,
} from './gaussian.ts'
import {
  componentVelocities,
  mixtureLogDensity,
  mixtureOf,
  mixtureScore,
  mixtureVelocity,
  responsibilities,
} from './mixture.ts'

interface GaussianGolden {
  readonly values: readonly {
    readonly t: number
    readonly kappa: number
    readonly lambda_min: number
    readonly lambda_max: number
    readonly eta: number
    readonly irreducible_loss: number
    readonly total_loss_A_rand: number
    readonly excess_risk_A_rand: number
    readonly excess_risk_zero: number
    readonly total_loss_zero: number
    readonly excess_risk_gd50_from_rand: number
    readonly excess_risk_gd50_from_zero: number
    readonly contraction_factor_per_step: number
  }[]
}

const STEPS = 50

const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a).toHaveLength(b.length)
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)
}

function reader(name: string): (tensor: string) => Matrix {
  const tensors = goldenTensors(name)
  return (tensor) => {
    const { data, shape } = tensors(tensor)
    return matrix(shape[0], shape[1] ?? 1, Float64Array.from(data))
  }
}

function gaussianSuite(): void {
  const golden = goldenJson('gaussian/a') as GaussianGolden
  const read = reader('gaussian/a')
  const gaussian = gaussianOf(read('Sigma'))
  const starts = { rand: read('A_rand'), zero: matrix(5, 5) }

  test.each(golden.values.map(({ t }) => t))('matrices and the flow at t = %d', (t) => {
    const near = (a: Matrix, name: string, tolerance = 1e-12): void =>
      expect(largestDifference(a, read(`t${t}.${name}`)), name).toBeLessThan(tolerance)
    near(pathCovariance(gaussian, t), 'Sigma_t')
    near(crossCovariance(gaussian, t), 'C_t')
    // lambda_min is known to about 1e-15, of 1e-2: what divides by it keeps 13 digits.
    near(velocityMatrix(gaussian, t), 'A_star')
    near(conditionalCovariance(gaussian, t), 'cond_cov')
    near(flowMap(gaussian, { to: t }), 'flow_map')
    const x0 = read('x0')
    const x = read(`t${t}.flow_x`)
    for (let i = 0; i < x0.rows; i++) {
      const row = ({ data }: Matrix) => data.subarray(5 * i, 5 * i + 5)
      expect(largestGap(flow(gaussian, { to: t }, row(x0)), row(x))).toBeLessThan(1e-12)
    }
  })

  test.each(golden.values)('losses and gradient descent at t = $t', (value) => {
    const { t, eta } = value
    const eigenvalues = pathEigenvalues(gaussian.eigen.values, t)
    expect(pathCondition(gaussian.eigen.values, t) / value.kappa).toBeCloseTo(1, 12)
    expect(eigenvalues[4]).toBeCloseTo(value.lambda_min, 13)
    expect(eigenvalues[0]).toBeCloseTo(value.lambda_max, 13)
    expect(bestStepSize(eigenvalues)).toBeCloseTo(eta, 13)
    expect(bestContraction(value.kappa)).toBeCloseTo(value.contraction_factor_per_step, 13)
    expect(irreducibleLoss(gaussian, t)).toBeCloseTo(value.irreducible_loss, 11)
    expect(linearLoss(gaussian, t, starts.rand)).toBeCloseTo(value.total_loss_A_rand, 11)
    expect(linearLoss(gaussian, t, starts.zero)).toBeCloseTo(value.total_loss_zero, 11)
    expect(excessRisk(gaussian, t, starts.rand)).toBeCloseTo(value.excess_risk_A_rand, 11)
    expect(excessRisk(gaussian, t, starts.zero)).toBeCloseTo(value.excess_risk_zero, 11)
    for (const from of ['rand', 'zero'] as const) {
      const descent = { start: starts[from], stepSize: eta, steps: STEPS }
      const iterates = [...descentIterates(gaussian, t, descent)]
      const closed = descentIterate(gaussian, t, descent)
      const reference = read(`t${t}.A_gd50_from_${from}`)
      expect(largestDifference(closed, reference)).toBeLessThan(1e-12)
      expect(largestDifference(iterates[STEPS], reference)).toBeLessThan(1e-12)
      const curve = iterates.map((a) => excessRisk(gaussian, t, a))
      expect(largestGap(curve, read(`t${t}.excess_curve_from_${from}`).data)).toBeLessThan(1e-11)
      expect(excessRisk(gaussian, t, closed)).toBeCloseTo(value[`excess_risk_gd50_from_${from}`], 11)
    }
  })
}

function mixtureSuite(): void {
  const { times } = goldenJson('gaussian/gmm_a') as { readonly times: readonly number[] }
  const read = reader('gaussian/gmm_a')
  const covariances = goldenTensors('gaussian/gmm_a')('covs').data
  const mixture = mixtureOf({
    weights: read('weights').data,
    means: ndarray(read('means').data, [3, 2]),
    covariances: [0, 1, 2].map((k) =>
      ndarray(Float64Array.from(covariances.slice(4 * k, 4 * k + 4)), [2, 2]),
    ),
  })
  const functions = {
    gamma: responsibilities,
    u: mixtureVelocity,
    u_components: (...given: Parameters<typeof componentVelocities>) => componentVelocities(...given).data,
    log_p: (...given: Parameters<typeof mixtureLogDensity>) => [mixtureLogDensity(...given)],
    score: mixtureScore,
  }

  test.each(times)('responsibilities, velocities, density and score at t = %d', (t) => {
    const x = read(`t${t}.x`)
    for (const [name, of] of Object.entries(functions)) {
      const values = Array.from({ length: x.rows }, (_, i) => [
        ...of(mixture, t, x.data.subarray(2 * i, 2 * i + 2)),
      ])
      expect(
        largestGap(values.flat(), goldenTensors('gaussian/gmm_a')(`t${t}.${name}`).data),
        name,
      ).toBeLessThan(1e-12)
    }
  })
}

describe.skipIf(!haveGoldens)(
  `gaussian golden${goldenNote}`,
  haveGoldens ? gaussianSuite : () => test('goldens', () => {}),
)
describe.skipIf(!haveGoldens)(
  `mixture golden${goldenNote}`,
  haveGoldens ? mixtureSuite : () => test('goldens', () => {}),
)
