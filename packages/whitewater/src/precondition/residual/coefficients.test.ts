import { constant, evaluate, randomStream, type Tensor } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Path } from '../../flow/path.ts'
import { linearPath } from '../../flow/path.ts'
import { cosinePath, polynomialPath, vpPath } from '../../flow/paths.ts'
import { coefficientsOf, weightsAt } from './coefficients.ts'

const paths = [linearPath, cosinePath, polynomialPath({ power: 2 }), vpPath()]

/** At one time, for variances lambda; arithmetic in the dtype of `time`. */
async function at(path: Path, time: Tensor, lambda: Tensor) {
  const { rate, variance, deviation, spread } = coefficientsOf(weightsAt(path, time), lambda)
  return evaluate({ rate, variance, deviation, spread })
}

describe('coefficients of the Gaussian velocity', () => {
  it.each(paths)('$name: rate and spread are the regression of u on x_t, by Monte Carlo', async (path) => {
    const count = 200_000
    const lambda = 0.04
    const t = 0.6
    const time = constant(Float32Array.of(t))
    const weights = await evaluate({ ...weightsAt(path, time) })
    const [alpha, sigma, alphaRate, sigmaRate] = ['alpha', 'sigma', 'alphaRate', 'sigmaRate'].map((name) =>
      Number(weights[name][0]),
    )
    const [x1, x0] = ['x1', 'x0'].map((name) => randomStream(3).split(name).normal(count))
    let xx = 0
    let ux = 0
    let uu = 0
    for (let i = 0; i < count; i++) {
      const data = Math.sqrt(lambda) * x1[i]
      const x = alpha * data + sigma * x0[i]
      const u = alphaRate * data + sigmaRate * x0[i]
      xx += (x * x) / count
      ux += (u * x) / count
      uu += (u * u) / count
    }
    const { rate, variance, spread } = await at(path, time, constant(Float32Array.of(lambda), [1, 1]))
    // Moments of 200,000 normals are good to 0.3 %, and everything here is a smooth function of three of them.
    expect(Number(variance[0]) / xx).toBeCloseTo(1, 1)
    expect(Math.abs(Number(variance[0]) / xx - 1)).toBeLessThan(0.012)
    expect(Math.abs(Number(rate[0]) - ux / xx)).toBeLessThan(0.012 * Math.sqrt(uu / xx))
    expect(Math.abs(Number(spread[0]) / Math.sqrt(uu - (ux * ux) / xx) - 1)).toBeLessThan(0.012)
  })

  it('on the linear path s, a and c_out are those of docs/preconditioners.md', async () => {
    const lambdas = Float64Array.of(100, 1, 1e-2, 1e-4)
    for (const t of [0, 0.3, 0.9, 1]) {
      const { rate, variance, spread } = await at(
        linearPath,
        constant(Float64Array.of(t)),
        constant(lambdas, [1, 4]),
      )
      lambdas.forEach((lambda, j) => {
        const s = (1 - t) ** 2 + t ** 2 * lambda
        expect(Number(variance[j]) / s).toBeCloseTo(1, 12)
        expect(Number(rate[j]) * s).toBeCloseTo(t * lambda - (1 - t), 12)
        expect(Number(spread[j]) ** 2 / (lambda / s)).toBeCloseTo(1, 12)
      })
    }
  })

  it('float32 keeps their digits at condition number 1e8, both ends of the path included', async () => {
    const lambdas = Float32Array.from({ length: 17 }, (_, j) => 10 ** (-j / 2))
    const times = Float32Array.of(0, 1e-6, 1e-3, 0.2, 0.5, 0.9, 0.999, 0.9999, 0.99999, 1)
    for (const t of times) {
      const narrow = await at(linearPath, constant(Float32Array.of(t)), constant(lambdas, [1, 17]))
      const wide = await at(
        linearPath,
        constant(Float64Array.of(t)),
        constant(Float64Array.from(lambdas), [1, 17]),
      )
      lambdas.forEach((lambda, j) => {
        for (const name of ['variance', 'deviation', 'spread'])
          expect(Math.abs(Number(narrow[name][j]) / Number(wide[name][j]) - 1)).toBeLessThan(1e-6)
        // The rate passes through zero: its error is small beside its two terms.
        const terms = (t * lambda + (1 - t)) / Number(wide.variance[j])
        expect(Math.abs(Number(narrow.rate[j]) - Number(wide.rate[j]))).toBeLessThan(1e-6 * terms)
      })
    }
  })
})
