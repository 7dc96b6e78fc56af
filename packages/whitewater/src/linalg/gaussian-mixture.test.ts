import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covariance, type Samples } from './covariance.ts'
import { eigenvaluesSymmetric } from './eigen.ts'
import { fitGaussianMixture, mixtureTerms, type GaussianMixture } from './gaussian-mixture.ts'
import { largestDifference, matrix } from './matrix.ts'
import { covarianceForms } from './mixture-update.ts'
import { bell, seeds, uniform } from './testing/arbitrary.ts'
import { goldenJson, goldenNote, goldenTensors, haveGoldens } from './testing/goldens.ts'
import { planeLogDensity, planeSamples, type PlaneComponent } from './testing/mixture.ts'

const engine = { device: 'cpu', threads: 1 } as const

const three: readonly PlaneComponent[] = [
  { weight: 0.5, mean: [4, 0], factor: [1, 0.7, 0.05] },
  { weight: 0.3, mean: [-2, 3], factor: [0.1, 0.5, 0.4] },
  { weight: 0.2, mean: [-2, -3], factor: [0.6, -0.3, 0.6] },
]

/** Overlapping clouds of random positions and shapes. */
function clouds(seed: number, n: number, d: number): Samples {
  const next = uniform(seed)
  const centres = Float64Array.from({ length: 3 * d }, () => 2 * next())
  const scales = Float64Array.from({ length: 3 * d }, () => 10 ** next())
  const data = Float32Array.from({ length: n * d }, (_, at) => {
    const of = (Math.floor(at / d) % 3) * d + (at % d)
    return centres[of] + scales[of] * bell(next)
  })
  return { data, n, d }
}

/** Responsibilities and ln p(x) from ln pi_k + ln N(x). */
function shares({ data, rows, columns }: { data: Float64Array; rows: number; columns: number }) {
  const gamma = new Float64Array(data.length)
  const logDensity = Float64Array.from({ length: rows }, (_, i) => {
    const terms = data.subarray(i * columns, (i + 1) * columns)
    const whole = Math.log(terms.reduce((sum, term) => sum + Math.exp(term), 0))
    terms.forEach((term, k) => (gamma[i * columns + k] = Math.exp(term - whole)))
    return whole
  })
  return { gamma, logDensity }
}

describe('fitting', () => {
  it('recovers a known mixture, and is likelier than it on the same samples', async () => {
    const samples = planeSamples(three, 6000, 1)
    const fit = await fitGaussianMixture(samples, { components: 3, engine })
    expect(fit.converged).toBe(true)
    three.forEach(({ weight, mean: [x, y], factor: [a, b, c] }, k) => {
      expect(Math.abs(fit.weights[k] - weight)).toBeLessThan(0.03)
      expect(Math.hypot(fit.means.data[2 * k] - x, fit.means.data[2 * k + 1] - y)).toBeLessThan(0.06)
      const truth = matrix(2, 2, Float64Array.of(a * a, a * b, a * b, b * b + c * c))
      expect(largestDifference(fit.covariances[k], truth)).toBeLessThan(0.06)
    })
    let truth = 0
    for (let i = 0; i < samples.n; i++) {
      const [x, y] = samples.data.subarray(2 * i, 2 * i + 2)
      truth += Math.log(three.reduce((sum, one) => sum + Math.exp(planeLogDensity(one, x, y)), 0)) / samples.n
    }
    // Twice the gain of the maximum over the truth is chi-squared with 17 degrees of freedom.
    expect(2 * samples.n * (fit.logLikelihood - truth)).toBeGreaterThan(0)
    expect(2 * samples.n * (fit.logLikelihood - truth)).toBeLessThan(45)
    expect(fit.bic).toBeCloseTo(-2 * samples.n * fit.logLikelihood + 17 * Math.log(samples.n), 6)
  })

  it.each(covarianceForms)('never becomes less likely from one pass to the next: %s', async (form) => {
    const property = fc.asyncProperty(seeds, fc.integer({ min: 1, max: 3 }), async (seed, d) => {
      const samples = clouds(seed, 400, d)
      const options = { components: 3, covariance: form, restarts: 1, iterations: 60, tolerance: 0 }
      const { history } = await fitGaussianMixture(samples, { ...options, engine })
      history.slice(1).forEach((value, i) => expect(value - history[i]).toBeGreaterThan(-1e-11))
    })
    await fc.assert(property, { numRuns: 8, seed: 3 })
  })

  it('is the mean and covariance for one component', async () => {
    const samples = clouds(5, 300, 4)
    const fit = await fitGaussianMixture(samples, { components: 1, engine })
    const one = covariance(samples, { ddof: 0 })
    fit.means.data.forEach((value, j) => expect(value).toBeCloseTo(one.mean[j], 5))
    expect(largestDifference(fit.covariances[0], one.covariance)).toBeLessThan(1e-4)
  })

  it('does not depend on the units of the features', async () => {
    const samples = planeSamples(three, 500, 4)
    const scale = [1e6, 1e-6]
    // In float64, because 3 beside 1e-6 leaves float32 no digits.
    const wide = { ...samples, data: Float64Array.from(samples.data, (v, at) => 3 + v * scale[at % 2]) }
    const options = { components: 3, engine }
    const one = await fitGaussianMixture(samples, options)
    const other = await fitGaussianMixture(wide, options)
    other.weights.forEach((weight, k) => expect(weight).toBeCloseTo(one.weights[k], 5))
    expect(other.logLikelihood).toBeCloseTo(one.logLikelihood, 5)
  })

  it('gives one covariance to all components, or none of them correlations, as asked', async () => {
    const samples = planeSamples(three, 400, 2)
    const shared = await fitGaussianMixture(samples, { components: 3, covariance: 'shared', engine })
    expect(largestDifference(shared.covariances[0], shared.covariances[2])).toBe(0)
    const apart = await fitGaussianMixture(samples, { components: 3, covariance: 'diagonal', engine })
    apart.covariances.forEach(({ data }) => expect([data[1], data[2]]).toEqual([0, 0]))
  })

  it('is the same again from the same seed', async () => {
    const samples = clouds(8, 200, 2)
    const one = await fitGaussianMixture(samples, { components: 3, engine })
    const other = await fitGaussianMixture(samples, { components: 3, engine })
    expect(other).toEqual(one)
  })
})

describe('data that a mixture does not suit', () => {
  /** 20 samples of one point, 20 of another, a constant feature, and one sample far away. */
  const spiked: Samples = {
    data: Float32Array.from({ length: 41 * 3 }, (_, at) => {
      const row = Math.floor(at / 3)
      return at % 3 === 2 ? 7 : row === 40 ? 1000 : row < 20 ? 1 : -1
    }),
    n: 41,
    d: 3,
  }

  it.each(covarianceForms)(
    'stays finite and positive definite on duplicates and constants: %s',
    async (form) => {
      const fit = await fitGaussianMixture(spiked, { components: 5, covariance: form, engine })
      expect(Number.isFinite(fit.logLikelihood)).toBe(true)
      expect(fit.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
      fit.covariances.forEach((one) => expect(eigenvaluesSymmetric(one)[2]).toBeGreaterThan(0))
    },
  )

  it('has no spike of unbounded likelihood at a few samples', async () => {
    const samples = clouds(6, 60, 8)
    const fit = await fitGaussianMixture(samples, { components: 6, engine })
    fit.covariances.forEach((one) => {
      const largest = eigenvaluesSymmetric(one)[0]
      const smallest = eigenvaluesSymmetric(one)[7]
      expect(largest / smallest).toBeLessThan(1e6)
    })
  })

  it('refuses fewer samples than components, and stops when it is told to', async () => {
    await expect(fitGaussianMixture(spiked, { components: 42, engine })).rejects.toThrow(
      /41 samples of 3 features are too few for 42 components, expected at least 42: ask for fewer/,
    )
    await expect(fitGaussianMixture(spiked, { components: 1.5, engine })).rejects.toThrow(/1\.5 components/)
    const broken = { ...spiked, data: spiked.data.map((value, at) => (at === 4 ? NaN : value)) }
    await expect(fitGaussianMixture(broken, { components: 2, engine })).rejects.toThrow(
      /feature 1 holds values/,
    )
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(fitGaussianMixture(spiked, { components: 2, engine, signal })).rejects.toThrow('enough')
  })
})

describe('terms of the density', () => {
  it('are those of the textbook formula', async () => {
    const samples = planeSamples(three, 50, 9)
    const mixture: GaussianMixture = {
      weights: Float64Array.from(three, ({ weight }) => weight),
      means: matrix(3, 2, Float64Array.from(three.flatMap(({ mean }) => [...mean]))),
      covariances: three.map(({ factor: [a, b, c] }) =>
        matrix(2, 2, Float64Array.of(a * a, a * b, a * b, b * b + c * c)),
      ),
    }
    const terms = mixtureTerms(mixture, engine)
    const { data } = await terms(samples)
    data.forEach((value, at) => {
      const [x, y] = samples.data.subarray(2 * Math.floor(at / 3))
      expect(value).toBeCloseTo(planeLogDensity(three[at % 3], x, y), 9)
    })
    await terms.dispose()
  })

  it.skipIf(!haveGoldens)(`give the reference's responsibilities and density${goldenNote}`, async () => {
    const { times } = goldenJson('gaussian/gmm_a') as { readonly times: readonly number[] }
    const read = goldenTensors('gaussian/gmm_a')
    const [weights, means, covs] = ['weights', 'means', 'covs'].map((name) =>
      Float64Array.from(read(name).data),
    )
    for (const t of times) {
      const at = covs.map((value, i) => t * t * value + (i % 4 === 0 || i % 4 === 3 ? (1 - t) ** 2 : 0))
      const mixture: GaussianMixture = {
        weights,
        means: matrix(
          3,
          2,
          means.map((value) => t * value),
        ),
        covariances: [0, 1, 2].map((k) => matrix(2, 2, at.slice(4 * k, 4 * k + 4))),
      }
      const terms = mixtureTerms(mixture, engine)
      const x = read(`t${t}.x`)
      const found = shares(await terms({ data: x.data, n: x.shape[0], d: 2 }))
      found.gamma.forEach((value, i) => expect(value).toBeCloseTo(read(`t${t}.gamma`).data[i], 10))
      found.logDensity.forEach((value, i) => expect(value).toBeCloseTo(read(`t${t}.log_p`).data[i], 10))
      await terms.dispose()
    }
  })
})
