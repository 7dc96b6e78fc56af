import { constant, evaluate, ndarray, randomStream, sub, type Tensor } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { conditionalVelocity, linearPath, pointOnPath } from '../../flow/path.ts'
import { cosinePath } from '../../flow/paths.ts'
import { covariance, type Moments } from '../../linalg/covariance.ts'
import { combine, identity, matrix } from '../../linalg/matrix.ts'
import { multiply } from '../../linalg/product.ts'
import { inverseSqrtSymmetric } from '../../linalg/roots.ts'
import { cnn } from '../../nn/networks/cnn.ts'
import { declare, initialWeights, namedParts } from '../../nn/scope.ts'
import { constantWeights } from '../../nn/weights.ts'
import type { FittedResidual } from './residual.ts'
import { gaussianResidual } from './gaussian.ts'
import { momentsOf, ofClass, pooledWithin, silent, valuesOf } from './testing.ts'

/** alpha' m + Cov(u, x_t) Cov(x_t)^-1 (x - alpha m), in float64 and from whole matrices (Prop. 3.1). */
function exactVelocity(
  { mean, covariance: sigma }: Moments,
  [alpha, noise, alphaRate, noiseRate]: readonly number[],
  x: ArrayLike<number>,
): Float64Array {
  const d = mean.length
  const root = inverseSqrtSymmetric(combine(noise ** 2, identity(d), alpha ** 2, sigma))
  const a = multiply(combine(noiseRate * noise, identity(d), alphaRate * alpha, sigma), multiply(root, root))
  return mean.map((value, i) =>
    mean.reduce((sum, m, j) => sum + a.data[i * d + j] * (x[j] - alpha * m), alphaRate * value),
  )
}

const linear = (t: number) => [t, 1 - t, 1, -1]
const cosine = (t: number) =>
  [Math.sin, Math.cos, Math.cos, (x: number) => -Math.sin(x)].map(
    (f, i) => f((t * Math.PI) / 2) * (i < 2 ? 1 : Math.PI / 2),
  )

/** The largest distance of a field from `expected(label)`'s velocity, beside the velocities' own size. */
async function distance(
  fitted: FittedResidual,
  expected: (label: number) => Moments,
  labels: number[] | undefined,
  d: number,
): Promise<number> {
  let worst = 0
  for (const [path, weights] of [
    [linearPath, linear],
    [cosinePath, cosine],
  ] as const) {
    for (const t of [0, 0.3, 0.7, 0.95, 1]) {
      const n = labels?.length ?? 3
      const x = randomStream(9).normal(n * d)
      const v = await valuesOf(fitted.field(silent, path), x, t, [n, d], labels)
      for (let i = 0; i < n; i++) {
        const own = exactVelocity(expected(labels?.[i] ?? 0), weights(t), x.subarray(i * d, (i + 1) * d))
        const size = Math.max(Math.hypot(...own), 1)
        own.forEach((value, j) => (worst = Math.max(worst, Math.abs(Number(v[i * d + j]) - value) / size)))
      }
    }
  }
  return worst
}

/** Mean of a class, or of all data for the null class, with a covariance. */
const meanOfLabel = (data: Dataset, label: number): Float64Array =>
  momentsOf(label === data.classes ? data : ofClass(data, label)).mean

describe('the Gaussian residual', () => {
  const bases = ['eigen', 'symmetric'] as const

  it.each(bases)('plain, %s: with a silent network it is the exact Gaussian velocity', async (basis) => {
    const data = await dataset('gaussian', { dimension: 5, conditionNumber: 100, samples: 500 })
    const fitted = await gaussianResidual({ basis }).fit(data)
    expect(await distance(fitted, () => momentsOf(data), undefined, 5)).toBeLessThan(2e-5)
  })

  it('none: with a silent network it is that of independent features', async () => {
    const data = await dataset('gaussian', { dimension: 4, conditionNumber: 100, samples: 500 })
    const { mean, covariance: sigma } = momentsOf(data)
    const diagonal = matrix(
      4,
      4,
      sigma.data.map((value, at) => (at % 5 === 0 ? value : 0)),
    )
    const fitted = await gaussianResidual({ basis: 'none' }).fit(data)
    expect(await distance(fitted, () => ({ mean, covariance: diagonal }), undefined, 4)).toBeLessThan(2e-5)
  })

  it.each(bases)(
    'class-means, %s: own mean, covariance within classes; the null class has those of all',
    async (basis) => {
      const data = await dataset('mixture', { components: 3, dimension: 3, samples: 400 })
      const fitted = await gaussianResidual({ covariance: 'class-means', basis }).fit(data)
      const within = pooledWithin(data)
      const expected = (label: number): Moments =>
        label === 3 ? momentsOf(data) : { mean: meanOfLabel(data, label), covariance: within }
      expect(await distance(fitted, expected, [0, 1, 2, 3], 3)).toBeLessThan(1e-3)
    },
  )

  it.each(bases)(
    'class, %s: own mean and covariance; borrowed samples draw it to the one within classes',
    async (basis) => {
      const data = await dataset('mixture', { components: 3, dimension: 3, samples: 400 })
      const within = pooledWithin(data)
      for (const pool of [0, 50]) {
        const fitted = await gaussianResidual({ covariance: 'class', basis, pool }).fit(data)
        const expected = (label: number): Moments => {
          if (label === 3) return momentsOf(data)
          const part = ofClass(data, label)
          const { mean, covariance: own } = momentsOf(part)
          const freedom = part.samples.shape[0] - 1
          const share = pool / (freedom + pool)
          return { mean, covariance: combine(1 - share, own, share, within) }
        }
        expect(await distance(fitted, expected, [0, 1, 2, 3, 1], 3)).toBeLessThan(1e-3)
      }
    },
  )

  it('a class with one sample has the covariance within classes', async () => {
    const samples = ndarray(Float32Array.of(0, 0, 1, 2, -1, 1, 0, -3, 5, 5), [5, 2])
    const data = { name: 'few', samples, labels: Int32Array.of(0, 0, 0, 0, 1), classes: 2 }
    const fitted = await gaussianResidual({ covariance: 'class' }).fit(data)
    const expected = { mean: Float64Array.of(5, 5), covariance: momentsOf(ofClass(data, 0)).covariance }
    expect(await distance(fitted, () => expected, [1], 2)).toBeLessThan(1e-4)
  })

  it.each(bases)('%s: the network sees unit covariance at every time', async (basis) => {
    const count = 20_000
    const data = await dataset('gaussian', { dimension: 4, conditionNumber: 1e4, samples: count })
    const fitted = await gaussianResidual({ basis }).fit(data)
    for (const t of [0, 0.5, 0.99, 1]) {
      let seen: Tensor | undefined
      const x1 = data.samples.data
      const x0 = randomStream(4).normal(4 * count)
      const x = x1.map((value, i) => t * value + (1 - t) * x0[i])
      await valuesOf(
        fitted.field((input) => ((seen = input), input), linearPath),
        x,
        t,
        [count, 4],
      )
      if (!seen) throw new TypeError('the field did not call its network')
      const { input } = await evaluate({ input: seen })
      const { covariance: own } = covariance({ data: Float32Array.from(input, Number), n: count, d: 4 })
      // Five standard deviations of a variance over 20,000 normals.
      own.data.forEach((value, at) => expect(Math.abs(value - (at % 5 === 0 ? 1 : 0))).toBeLessThan(0.05))
    }
  })

  it('normalised: what is left of u has unit variance along every direction at every time', async () => {
    const count = 20_000
    const data = await dataset('gaussian', { dimension: 3, conditionNumber: 1e4, samples: count })
    const fitted = await gaussianResidual({ loss: 'normalised' }).fit(data)
    const x0 = constant(randomStream(4).normal(3 * count), [count, 3])
    const x1 = constant(data.samples.data, [count, 3])
    for (const time of [0, 0.4, 0.97, 1]) {
      const t = constant(new Float32Array(count).fill(time))
      const v = fitted.field(silent, linearPath)(pointOnPath(linearPath, x0, x1, t), t)
      const error = sub(v, conditionalVelocity(linearPath, x0, x1, t))
      const weighed = fitted.weigh?.(error, linearPath, { t })
      if (!weighed) throw new TypeError('normalised has no weigh')
      const values = Float32Array.from((await evaluate({ weighed })).weighed, Number)
      const { covariance: own } = covariance({ data: values, n: count, d: 3 })
      own.data.forEach((value, index) =>
        expect(Math.abs(value - (index % 4 === 0 ? 1 : 0))).toBeLessThan(0.05),
      )
    }
  })

  it('the error is squared in velocity units unless asked otherwise', async () => {
    const data = await dataset('gaussian', { dimension: 3, samples: 50 })
    expect((await gaussianResidual().fit(data)).weigh).toBeUndefined()
  })

  it('images keep their shape around a convolutional network', async () => {
    const data = await dataset('glyphs', { samples: 200, resolution: 8 })
    const fitted = await gaussianResidual({ covariance: 'class-means', basis: 'symmetric' }).fit(data)
    const classes = data.classes ?? 0
    const network = cnn({ width: 16 })
    const build = (x: Tensor, t: Tensor, labels: Tensor) => ({ x, t, labels, classes })
    const inputs = build(
      constant(data.samples.data.subarray(0, 128), [2, 1, 8, 8]),
      constant(Float32Array.of(0.2, 0.8)),
      constant(Int32Array.of(0, classes)),
    )
    const { parameters } = declare((p) => network.build(p, inputs))
    const p = constantWeights(namedParts(parameters, initialWeights(parameters, randomStream(1))))
    const field = fitted.field((x, t, labels) => network.build(p, { x, t, labels, classes }), linearPath)
    const v = field(inputs.x, inputs.t, inputs.labels)
    expect(v.shape).toEqual([2, 1, 8, 8])
    expect((await evaluate({ v })).v.every((value) => Number.isFinite(Number(value)))).toBe(true)
  })
})
