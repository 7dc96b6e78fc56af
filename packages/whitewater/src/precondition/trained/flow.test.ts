import fc from 'fast-check'
import { ndarray, randomStream, sizeOf, traced } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { conditionNumber } from '../../linalg/roots.ts'
import { heun } from '../../flow/solvers.ts'
import { parametersOf } from '../../nn/network.ts'
import { tiny } from '../../nn/networks/tiny.ts'
import { flowKind, flowPreconditioner } from './flow.ts'
import { withSteps } from './flow/fitted.ts'
import { scalingOf } from './flow/scaling.ts'
import { fittedIdentity } from '../linear/identity.ts'
import { roundTripError, type FitProgress } from '../preconditioner.ts'
import { preconditioner } from '../registry.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** Two bent, correlated clusters at a scale and a distance from the origin. */
function bent(seed: number, d: number, scale: number, count = 400): Dataset {
  const noise = randomStream(seed).normal(count * d)
  const data = noise.map((z, i) => {
    const row = Math.floor(i / d)
    return scale * (0.3 * z + noise[row * d] + (row % 2 === 0 ? 2 : 0) + 0.5)
  })
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  return { name: 'bent', samples: ndarray(data, [count, d]), labels, classes: 2 }
}

const unlabelled = ({ name, samples }: Dataset): Dataset => ({ name, samples })

/** By cofactors of the first row. */
const determinant = (rows: readonly (readonly number[])[]): number =>
  rows.length === 0
    ? 1
    : rows[0].reduce((sum, value, j) => {
        const rest = rows.slice(1).map((row) => row.filter((_, column) => column !== j))
        return sum + (j % 2 === 0 ? 1 : -1) * value * determinant(rest)
      }, 0)

describe('a flow used in reverse', () => {
  it('comes back to the data within the stated tolerance, over methods, dimensions and scales', async () => {
    const property = fc.asyncProperty(
      fc.nat(1000),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: -6, max: 6 }),
      fc.constantFrom('rk4', 'heun', 'dopri5', 'tsit5'),
      fc.constantFrom(1e-2, 1e-3, 1e-4),
      async (seed, d, exponent, method, tolerance) => {
        const data = bent(seed, d, 10 ** exponent)
        const fresh = bent(seed + 1, d, 10 ** exponent)
        const one = flowPreconditioner({
          steps: 200,
          learningRate: 1e-2,
          width: 16,
          depth: 2,
          method,
          tolerance,
        })
        const fitted = await one.fit(data, { engine: cpu, seed })
        expect(fitted.describe()).toMatchObject({ tolerance, method })
        expect(await roundTripError(fitted, fresh.samples, fresh.labels)).toBeLessThan(tolerance)
        await fitted.dispose()
      },
    )
    await fc.assert(property, { numRuns: 8, seed: 3 })
  })

  it('evens out: the condition number of an ill-conditioned Gaussian falls', async () => {
    const data = await dataset('gaussian', { samples: 4000, dimension: 2, conditionNumber: 100 })
    const fitted = await preconditioner('flow', { steps: 1500 }).fit(data, { engine: cpu })
    const before = conditionNumber(covariance(flatten(data.samples)).covariance)
    const after = conditionNumber(covariance(flatten(await fitted.transform(data.samples))).covariance)
    expect(before).toBeGreaterThan(80)
    expect(after).toBeLessThan(3)
    await fitted.dispose()
  })

  it('is the scaling that it begins with where the network adds nothing: the exact flow from noise to noise', async () => {
    const data = unlabelled(bent(5, 3, 10))
    const fitted = await flowPreconditioner({ steps: 1, width: 8, tolerance: 1e-5 }).fit(data, {
      engine: cpu,
    })
    const tensors = new Map(
      [...fitted.tensors].map(([name, { data: values, shape }]) => [
        name,
        name.startsWith('field.output')
          ? ndarray(new Float32Array(values.length), shape)
          : { data: values, shape },
      ]),
    )
    const { kind, options, features } = fitted
    const plain = flowKind.restore({ kind, options, features, tensors, description: {} }, cpu)
    const { mean, scale } = scalingOf(data)
    const z = await plain.transform(data.samples)
    z.data.forEach((value, i) => {
      expect(value).toBeCloseTo((data.samples.data[i] - mean[i % 3]) / scale, 3)
    })
    for (const one of [fitted, plain]) await one.dispose()
  })

  it('has 168 parameters in the plane where it is tiny (section G.1)', async () => {
    const count = parametersOf(tiny(), [2], undefined).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    expect(count).toBe(168)
    const fitted = await flowPreconditioner({ network: 'tiny', steps: 5 }).fit(unlabelled(bent(0, 2, 1)), {
      engine: cpu,
    })
    expect(fitted.describe().parameters).toBe(168)
    await fitted.dispose()
  })

  it.each(['rk4', 'dopri5'])('is the same map as a graph, in both directions (%s)', async (method) => {
    const data = bent(2, 3, 100, 64)
    const fitted = await flowPreconditioner({ steps: 200, width: 16, depth: 2, method, tolerance: 1e-4 }).fit(
      data,
      { engine: cpu },
    )
    const { graph } = fitted
    const run = traced(
      ({ x, z, labels }) => ({ there: graph.forward(x, labels), back: graph.inverse(z, labels) }),
      cpu,
    )
    const labels = ndarray(data.labels ?? new Int32Array(0), [64])
    const z = await fitted.transform(data.samples, data.labels)
    const x = await fitted.invert(z, data.labels)
    const traces = await run({ x: data.samples, z, labels })
    z.data.forEach((value, i) => expect(Math.abs(Number(traces.there.data[i]) - value)).toBeLessThan(1e-4))
    x.data.forEach((value, i) => expect(Math.abs(Number(traces.back.data[i]) - value)).toBeLessThan(0.05))
    await run.dispose()
    await fitted.dispose()
  })

  it.each([
    ['rk4', 1e-6, 2, false],
    ['dopri5', 1e-5, 3, true],
    ['rk4', 1e4, 1, true],
  ] as const)(
    'reports log|det| of its Jacobian (%s, scale %s, %s features)',
    async (method, scale, d, labelled) => {
      const data = labelled ? bent(6, d, scale) : unlabelled(bent(6, d, scale))
      const options = { steps: 200, learningRate: 1e-2, width: 16, depth: 2, method, tolerance: 1e-5 }
      const fitted = await flowPreconditioner(options).fit(data, { engine: cpu })
      const count = 5
      const step = 0.02 * scale
      const x = data.samples.data.subarray(0, count * d)
      const labels = data.labels?.subarray(0, count)
      const logDet = await fitted.logDet?.(ndarray(x, [count, d]), labels)
      const shifted = async (feature: number, by: number) => {
        const moved = x.map((value, i) => (i % d === feature ? value + by : value))
        return (await fitted.transform(ndarray(moved, [count, d]), labels)).data
      }
      const sides: (readonly [Float32Array, Float32Array])[] = []
      for (let j = 0; j < d; j++) sides.push([await shifted(j, step), await shifted(j, -step)] as const)
      for (let row = 0; row < count; row++) {
        const jacobian = Array.from({ length: d }, (_, i) =>
          sides.map(([up, down]) => (up[row * d + i] - down[row * d + i]) / (2 * step)),
        )
        expect(logDet?.[row]).toBeCloseTo(Math.log(Math.abs(determinant(jacobian))), 2)
      }
      await fitted.dispose()
    },
  )

  it('can be solved by other steps: finer ones come back more exactly, at more evaluations', async () => {
    const data = unlabelled(bent(9, 2, 1))
    const fitted = await flowPreconditioner({
      steps: 200,
      learningRate: 1e-2,
      width: 16,
      solverSteps: 2,
    }).fit(data, { engine: cpu })
    const finer = withSteps(fitted, { method: heun, fineness: 64 }, cpu)
    const error = await roundTripError(fitted, data.samples)
    expect(await roundTripError(finer, data.samples)).toBeLessThan(error / 10)
    expect([fitted.evaluations?.(), finer.evaluations?.()]).toEqual([8, 128])
    expect(() => withSteps(fittedIdentity([2]), { method: heun, fineness: 4 })).toThrow(/none has no solver/)
    for (const one of [fitted, finer]) await one.dispose()
  })

  it('gives the same map for the same seed, however many rows are mapped at once', async () => {
    const data = unlabelled(bent(4, 2, 1))
    const a = await flowPreconditioner({ network: 'tiny', steps: 20 }).fit(data, { engine: cpu, seed: 5 })
    const b = await flowPreconditioner({ network: 'tiny', steps: 20 }).fit(data, { engine: cpu, seed: 5 })
    const whole = await a.transform(data.samples)
    const first = await b.transform(ndarray(data.samples.data.subarray(0, 6), [3, 2]))
    first.data.forEach((value, i) => expect(value).toBeCloseTo(whole.data[i], 6))
    await a.dispose()
    await b.dispose()
  })

  it('tells how far it has come, counts evaluations, and stops when told to', async () => {
    const data = unlabelled(bent(1, 2, 1))
    const seen: FitProgress[] = []
    const one = flowPreconditioner({ network: 'tiny', steps: 30, solverSteps: 6 })
    const fitted = await one.fit(data, { engine: cpu, onProgress: (progress) => seen.push(progress) })
    expect(seen.at(-1)).toMatchObject({ kind: 'flow', step: 30, steps: 30 })
    await fitted.invert(data.samples)
    expect(fitted.evaluations?.()).toBe(24)
    expect(fitted.describe()).not.toHaveProperty('tolerance')
    await fitted.dispose()
    const stop = new AbortController()
    const stopped = one.fit(data, { engine: cpu, signal: stop.signal, onProgress: () => stop.abort() })
    await expect(stopped).rejects.toThrow(/abort/i)
  })
})

describe('errors', () => {
  const data = unlabelled(bent(0, 2, 1))

  it.each([
    [
      'below what float32 can tell apart',
      { tolerance: 1e-9, method: 'rk4' },
      /error of 1e-9 cannot be met: rk4 with up to 512 steps reaches/,
    ],
    ['the same, adaptively', { tolerance: 1e-9, method: 'dopri5' }, /error of 1e-9 cannot be met/],
    [
      'with too few steps of its own',
      { tolerance: 1e-6, solverSteps: 1, method: 'euler' },
      /1 steps of euler come back with an error of .*above the tolerance of 0.000001/,
    ],
  ])('refuses a tolerance %s', async (_, options, message) => {
    await expect(
      flowPreconditioner({ network: 'tiny', steps: 20, ...options }).fit(data, { engine: cpu }),
    ).rejects.toThrow(message)
  })

  it.each([
    [{ method: 'rk5' }, /unknown solver 'rk5': did you mean 'rk4'/],
    [{ method: 'dopri5', solverSteps: 8 }, /dopri5 chooses its own steps/],
    [{ network: 'unet' }, /unknown network of flow 'unet': .*Known: tiny, mlp/],
    [{ tolerance: 0 }, /flow: tolerance is 0/],
  ])('refuses the options %j', (options, message) => {
    expect(() => preconditioner('flow', options)).toThrow(message)
  })

  it('refuses sizes that a network does not have, data without variance, and missing labels', async () => {
    await expect(
      flowPreconditioner({ network: 'tiny', width: 4 }).fit(data, { engine: cpu }),
    ).rejects.toThrow(/'tiny' has no width/)
    const flat = { name: 'flat', samples: ndarray(new Float32Array(20).fill(2), [10, 2]) }
    await expect(flowPreconditioner().fit(flat, { engine: cpu })).rejects.toThrow(/all features are constant/)
    const fitted = await flowPreconditioner({ steps: 5 }).fit(bent(0, 2, 1), { engine: cpu })
    await expect(fitted.transform(data.samples)).rejects.toThrow(
      /got no labels, expected one in 0\.\.1 a sample/,
    )
    await fitted.dispose()
  })
})
