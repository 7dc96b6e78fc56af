import { add, constant, div, matmul, mul, ndarray, randomStream, reshape, sub } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { dataset } from '../data/registry.ts'
import { perSample } from '../flow/field.ts'
import { covariance, flatten } from '../linalg/covariance.ts'
import { eigenSymmetric, type Eigen } from '../linalg/eigen.ts'
import type { FieldNetwork } from '../nn/network.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { identity } from '../precondition/linear/identity.ts'
import type { FittedPreconditioner, Samples } from '../precondition/preconditioner.ts'
import { zca } from '../precondition/linear/zca.ts'
import { Generator } from './generator.ts'
import { logLikelihood } from './likelihood.ts'
import { plainForm } from './parts.ts'
import { train } from './testing.ts'

const cpu = { device: 'cpu', threads: 1 } as const

interface Gaussian {
  readonly mean: Float64Array
  readonly eigen: Eigen
}

/** The exact velocity from N(0, I) to a Gaussian (Prop. 3.1), as a network without parameters. */
const exactField = ({ mean, eigen }: Gaussian): FieldNetwork => ({
  kind: 'exact',
  options: {},
  build(_p, { x, t }) {
    const d = mean.length
    const row = (values: Float64Array) => reshape(constant(Float32Array.from(values)), [1, d])
    const vectors = constant(Float32Array.from(eigen.vectors.data), [d, d])
    const m = row(mean)
    const lambda = row(eigen.values)
    const at = perSample(t, x)
    const rest = sub(1, at)
    const a = div(sub(mul(at, lambda), rest), add(mul(rest, rest), mul(mul(at, at), lambda)))
    const r = matmul(sub(x, mul(at, m)), vectors)
    return add(m, matmul(mul(a, r), vectors, { transposeB: true }))
  },
})

const generatorOf = (field: FieldNetwork, preconditioner: FittedPreconditioner): Generator => {
  const { features } = preconditioner
  const parts = { field, form: plainForm, preconditioner, features, parameters: [] }
  return new Generator({ ...parts, weights: new Float32Array(0) }, cpu)
}

/** ln N(x; m, Sigma). */
function logDensity({ mean, eigen }: Gaussian, x: ArrayLike<number>): number {
  const d = mean.length
  let total = 0
  for (let j = 0; j < d; j++) {
    let r = 0
    for (let i = 0; i < d; i++) r += eigen.vectors.data[i * d + j] * (x[i] - mean[i])
    total -= (r ** 2 / eigen.values[j] + Math.log(2 * Math.PI * eigen.values[j])) / 2
  }
  return total
}

const first = ({ data, shape: [, d] }: Samples, n: number): Samples =>
  ndarray(data.subarray(0, n * d), [n, d])

const sampleGaussian = (data: Dataset): Gaussian => {
  const { mean, covariance: sigma } = covariance(flatten(data.samples))
  return { mean, eigen: eigenSymmetric(sigma) }
}

describe('the likelihood of a Gaussian, kappa = 1e4', () => {
  const conditioned = () => dataset('gaussian', { samples: 1000, dimension: 3, conditionNumber: 1e4 })

  it('is exact with the exact field', async () => {
    const data = await conditioned()
    const gaussian = sampleGaussian(data)
    const generator = generatorOf(exactField(gaussian), await identity().fit(data, { engine: cpu }))
    const x = first(data.samples, 100)
    const { nats, trace, probes, standardError, evaluations } = await logLikelihood(generator, x)
    nats.forEach((value, i) =>
      expect(Math.abs(value - logDensity(gaussian, x.data.subarray(3 * i, 3 * i + 3)))).toBeLessThan(2e-3),
    )
    expect([trace, probes, standardError]).toEqual(['exact', 0, undefined])
    expect(evaluations).toBeGreaterThan(10)
    await generator.dispose()
  })

  it('is exact through zca, whose log-determinant it counts', async () => {
    const data = await conditioned()
    const gaussian = sampleGaussian(data)
    const fitted = await zca().fit(data, { engine: cpu })
    const even = await fitted.transform(data.samples)
    const generator = generatorOf(exactField(sampleGaussian({ ...data, samples: even })), fitted)
    const x = first(data.samples, 100)
    for (const options of [{}, { method: 'rk4', steps: 20 }]) {
      const { nats } = await logLikelihood(generator, x, options)
      nats.forEach((value, i) =>
        expect(Math.abs(value - logDensity(gaussian, x.data.subarray(3 * i, 3 * i + 3)))).toBeLessThan(1e-3),
      )
    }
    await generator.dispose()
  })

  it("is met by Hutchinson's estimate within its standard error", async () => {
    const data = await conditioned()
    const generator = generatorOf(
      exactField(sampleGaussian(data)),
      await identity().fit(data, { engine: cpu }),
    )
    const x = first(data.samples, 100)
    const exact = await logLikelihood(generator, x)
    const options = { trace: 'hutchinson', probes: 8, seed: 3 } as const
    const estimate = await logLikelihood(generator, x, options)
    const { standardError = new Float64Array(0) } = estimate
    expect(estimate.probes).toBe(8)
    const errors = exact.nats.map((value, i) => estimate.nats[i] - value)
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0)
    const variance = sum(standardError.map((value) => value ** 2))
    expect(variance).toBeGreaterThan(0.1)
    expect(Math.abs(sum(errors))).toBeLessThan(4 * Math.sqrt(variance))
    const ratio = sum(errors.map((value) => value ** 2)) / variance
    expect(Math.abs(Math.log(ratio))).toBeLessThan(Math.log(1.6))
    const again = await logLikelihood(generator, x, options)
    expect(again.nats).toEqual(estimate.nats)
    await generator.dispose()
  })
})

/** Integral over a square of exp(nats) by the midpoint rule. */
async function integral(generator: Generator, reach: number, label?: number): Promise<number> {
  const side = 80
  const step = (2 * reach) / side
  const points = Float32Array.from({ length: 2 * side * side }, (_, k) => {
    const cell = k >> 1
    return -reach + step * ((k % 2 === 0 ? cell % side : Math.floor(cell / side)) + 0.5)
  })
  const labels = label === undefined ? undefined : new Int32Array(side * side).fill(label)
  const x = ndarray(points, [side * side, 2])
  const { nats } = await logLikelihood(generator, x, { labels, method: 'rk4', steps: 20, batch: 2048 })
  return nats.reduce((sum, value) => sum + Math.exp(value), 0) * step * step
}

describe('the likelihood of a trained generator', () => {
  const base = { engine: cpu, steps: 150, batch: 64, field: mlp({ width: 24, depth: 2 }) }

  it('integrates to 1, whatever the field has learned; the last block need not be full', async () => {
    const data = await dataset('two-moons', { samples: 500, noise: 0.2 })
    const generator = await train({
      ...base,
      data: { ...data, labels: undefined, classes: undefined },
      preconditioner: zca(),
    })
    expect(await integral(generator, 5)).toBeCloseTo(1, 2)
    const x = first(data.samples, 10)
    const fixed = { method: 'rk4', steps: 20 }
    const { nats } = await logLikelihood(generator, x, { ...fixed, batch: 4 })
    const whole = await logLikelihood(generator, x, fixed)
    nats.forEach((value, i) => expect(value).toBeCloseTo(whole.nats[i], 4))
    await generator.dispose()
  })

  it('is that given the class, where there are classes', async () => {
    const data = await dataset('mixture', { samples: 600, components: 2, conditionNumber: 4 })
    const generator = await train({ ...base, data, preconditioner: zca() })
    expect(await integral(generator, 20, 1)).toBeCloseTo(1, 2)
    const x = first(data.samples, 50)
    const at = async (label: number) =>
      (await logLikelihood(generator, x, { labels: new Int32Array(50).fill(label) })).nats
    const zero = await at(0)
    const one = await at(1)
    const right = (data.labels ?? new Int32Array(0)).subarray(0, 50)
    const better = right.reduce(
      (count, label, i) => count + Number(label === 1 ? one[i] > zero[i] : zero[i] > one[i]),
      0,
    )
    expect(better).toBeGreaterThan(40)
    await expect(logLikelihood(generator, x)).rejects.toThrow(
      'was trained with labels: give those of the samples',
    )
    await generator.dispose()
  })
})

describe('components of the preconditioner', () => {
  /** Two components, shifted and scaled by hand. */
  const shifted = async (data: Dataset): Promise<FittedPreconditioner> => {
    const shifts = [-2, 1]
    const scales = [0.5, 2]
    const map = (x: Samples, labels: Int32Array | undefined, apply: (value: number, c: number) => number) =>
      ndarray(
        x.data.map((value, k) => apply(value, labels?.[k >> 1] ?? 0)),
        x.shape,
      )
    return {
      ...(await identity().fit(data, { engine: cpu })),
      components: { perClass: 2, assign: (x) => Promise.resolve(new Int32Array(x.shape[0])) },
      transform: (x, labels) =>
        Promise.resolve(map(x, labels, (value, c) => (value - shifts[c]) / scales[c])),
      logDet: (_x, labels) =>
        Promise.resolve(Float64Array.from(labels ?? [], (c) => -2 * Math.log(scales[c]))),
    }
  }

  it('are summed over by their shares: the density is that of what is sampled', async () => {
    const data = await dataset('gaussian', { samples: 50, dimension: 2, conditionNumber: 4 })
    const standard = {
      mean: new Float64Array(2),
      eigen: eigenSymmetric({ data: Float64Array.of(1, 0, 0, 1), rows: 2, columns: 2 }),
    }
    const plain = generatorOf(exactField(standard), await shifted(data))
    const generator = new Generator({ ...plain.parts, labelCounts: [30, 10] }, cpu)
    const x = ndarray(randomStream(2).normal(40), [20, 2])
    const { nats } = await logLikelihood(generator, x)
    nats.forEach((value, i) => {
      const [a, b] = x.data.subarray(2 * i, 2 * i + 2)
      const normal = (shift: number, scale: number): number =>
        Math.exp(-((a - shift) ** 2 + (b - shift) ** 2) / (2 * scale ** 2)) / (2 * Math.PI * scale ** 2)
      expect(value).toBeCloseTo(Math.log(0.75 * normal(-2, 0.5) + 0.25 * normal(1, 2)), 3)
    })
    await generator.dispose()
  })
})

it('one line says what is wrong', async () => {
  const data = await dataset('gaussian', { samples: 50, dimension: 2, conditionNumber: 4 })
  const without = { ...(await identity().fit(data, { engine: cpu })), logDet: undefined }
  const field = exactField(sampleGaussian(data))
  await expect(logLikelihood(generatorOf(field, without), data.samples)).rejects.toThrow(
    "the preconditioner 'none' has no log-determinant",
  )
  const generator = generatorOf(field, await identity().fit(data, { engine: cpu }))
  const refused = (options: object) => expect(logLikelihood(generator, data.samples, options)).rejects
  await refused({ trace: 'exact', probes: 2 }).toThrow("probes belong to the trace 'hutchinson'")
  await refused({ trace: 'hutchinson', probes: 0 }).toThrow('probes is 0, expected')
  await refused({ trace: 'hutchison' }).toThrow("did you mean 'hutchinson'?")
  await refused({ batch: 0.5 }).toThrow('batch is 0.5')
  await refused({ method: 'rk4', tolerance: 1e-3 }).toThrow('rk4 takes steps')
  await generator.dispose()
})
