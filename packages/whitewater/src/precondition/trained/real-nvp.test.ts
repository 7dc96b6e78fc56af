import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ndarray, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { perClass } from '../classes/per-class.ts'
import { roundTripError, type FittedPreconditioner } from '../preconditioner.ts'
import { realNvp, type RealNvpOptions } from './real-nvp.ts'
import { loadPreconditioner, savePreconditioner } from '../folder.ts'
import { preconditioner } from '../registry.ts'

const cpu = { device: 'cpu', threads: 1 } as const
const fitting = { engine: cpu, seed: 1 } as const

/** Samples of a random linear map of rank `rank`, bent, each feature at a scale of its own, in two classes. */
function bent(seed: number, d: number, rank: number, exponent: number, count = 400): Dataset {
  const stream = randomStream(seed)
  const noise = stream.normal(count * rank)
  const map = stream.normal(d * rank)
  const scales = stream.uniform(d)
  const data = new Float32Array(count * d)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < d; j++) {
      let value = 0
      for (let k = 0; k < rank; k++) value += noise[i * rank + k] * map[j * rank + k]
      data[i * d + j] = 10 ** (exponent * scales[j]) * (value + 0.3 * Math.sin(2 * value) + (i % 2) + 0.5)
    }
  }
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  return { name: 'bent', samples: ndarray(data, [count, d]), labels, classes: 2 }
}

const quick: RealNvpOptions = { couplings: 2, width: 24, steps: 64, batch: 64, learningRate: 1e-2 }

/** |P^-1(P(x)) - x| / |x| for any x, and |P(P^-1(z)) - z| / |z| for any z. */
async function errors(fitted: FittedPreconditioner, x: Float32Array, labels: Int32Array) {
  const features = fitted.features
  const samples = ndarray(x, [labels.length, ...features])
  const back = await fitted.transform(await fitted.invert(samples, labels), labels)
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0))
  return {
    ofSamples: await roundTripError(fitted, samples, labels),
    ofNoise: norm(back.data.map((value, i) => value - x[i])) / norm(x),
  }
}

it('looks at some of many held-out samples, with their labels', async () => {
  const data = bent(2, 2, 2, 0, 8400)
  const fitted = await realNvp({ ...quick, steps: 2, heldOut: 0.5 }).fit(data, fitting)
  expect(fitted.describe().heldOutSamples).toBe(4096)
  await fitted.dispose()
})

describe('real-nvp', () => {
  it('comes back within 1e-4, over dimensions, ranks and scales, in the tails and from noise', async () => {
    const property = fc.asyncProperty(
      fc.nat(1000),
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: -6, max: 6 }),
      async (seed, d, rank, exponent) => {
        const data = bent(seed, d, Math.min(rank, d), exponent)
        const fitted = await realNvp({ ...quick, couplings: 4 }).fit(data, fitting)
        const { samples, labels = new Int32Array(0) } = data
        expect(await roundTripError(fitted, samples, labels)).toBeLessThan(1e-4)
        const far = samples.data.map((value) => 100 * value)
        expect((await errors(fitted, far, labels)).ofSamples).toBeLessThan(1e-4)
        const noise = randomStream(seed + 1).normal(far.length)
        expect((await errors(fitted, noise, labels)).ofNoise).toBeLessThan(1e-4)
        await fitted.dispose()
      },
    )
    await fc.assert(property, { numRuns: 5, seed: 11 })
  })

  it('reports log|det| of its Jacobian, by finite differences', async () => {
    const data = bent(3, 2, 2, 2)
    const fitted = await realNvp(quick).fit(data, fitting)
    const steps = [0, 1].map(
      (j) => 1e-3 * Math.sqrt(covariance(flatten(data.samples)).covariance.data[3 * j]),
    )
    const [a, b] = data.samples.data
    const points = [0, 1].flatMap((j) =>
      [-1, 1].map((sign) => [a + (1 - j) * sign * steps[0], b + j * sign * steps[1]]),
    )
    const labels = new Int32Array(4).fill(1)
    const { data: z } = await fitted.transform(ndarray(Float32Array.from(points.flat()), [4, 2]), labels)
    const slope = (j: number, k: number) =>
      (z[4 * j + 2 + k] - z[4 * j + k]) / (points[2 * j + 1][j] - points[2 * j][j])
    const expected = Math.log(Math.abs(slope(0, 0) * slope(1, 1) - slope(0, 1) * slope(1, 0)))
    const [logDet] =
      (await fitted.logDet?.(ndarray(Float32Array.of(a, b), [1, 2]), labels.subarray(0, 1))) ?? []
    expect(Math.abs(logDet - expected)).toBeLessThan(1e-2)
    await fitted.dispose()
  })

  it('carries two moons near N(0, I), far better than a Gaussian fit', async () => {
    const data = await dataset('two-moons', { samples: 4000 })
    const fitted = await realNvp({ width: 32, couplings: 6, steps: 400, learningRate: 5e-3 }).fit(
      data,
      fitting,
    )
    const gaussian = await preconditioner('zca').fit(data, fitting)
    const fresh = await dataset('two-moons', { samples: 2000, split: 'test' })
    const flow = await nats(fitted, fresh)
    const exact = await nats(gaussian, fresh)
    expect(flow).toBeLessThan(exact - 0.5)
    const { mean, covariance: sigma } = covariance(
      flatten(await fitted.transform(fresh.samples, fresh.labels)),
    )
    mean.forEach((value) => expect(Math.abs(value)).toBeLessThan(0.2))
    sigma.data.forEach((value, i) => expect(Math.abs(value - (i % 3 === 0 ? 1 : 0))).toBeLessThan(0.25))
    await fitted.dispose()
    await gaussian.dispose()
  })
})

describe('a fitted real-nvp', () => {
  it('says how it was fitted, and is the same map after save and load', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
    const data = await dataset('glyphs', { samples: 300, resolution: 4 })
    const options = { mask: 'checkerboard', couplings: 3, width: 16, steps: 40, batch: 32 }
    const fitted = await preconditioner('real-nvp', options).fit(data, fitting)
    expect(fitted.describe()).toMatchObject({ steps: 40, classes: 10, heldOutSamples: 30 })
    const mapped = await fitted.transform(data.samples, data.labels)
    expect(mapped.shape).toEqual(data.samples.shape)
    await savePreconditioner(folder, fitted)
    const loaded = await loadPreconditioner(folder, cpu)
    expect((await loaded.transform(data.samples, data.labels)).data).toEqual(mapped.data)
    expect(loaded.describe()).toEqual(fitted.describe())
    expect(loaded.options).toEqual(fitted.options)
    await fitted.dispose()
    await loaded.dispose()
    await rm(folder, { recursive: true })
  })

  it('is the same for the same seed, and another for another', async () => {
    const data = bent(1, 4, 4, 0)
    const z = async (seed: number) => {
      const fitted = await realNvp({ ...quick, steps: 16 }).fit(data, { engine: cpu, seed })
      const mapped = await fitted.transform(data.samples, data.labels)
      await fitted.dispose()
      return mapped.data
    }
    const first = await z(1)
    expect(await z(1)).toEqual(first)
    expect(await z(2)).not.toEqual(first)
  })

  it('tells samples of different classes apart only by their labels, and not where it is told not to', async () => {
    const data = bent(1, 3, 3, 0)
    const fitted = await realNvp({ ...quick, steps: 40 }).fit(data, fitting)
    const zeros = new Int32Array(400)
    const a = await fitted.transform(data.samples, zeros)
    const b = await fitted.transform(data.samples, zeros.fill(1))
    expect(a.data).not.toEqual(b.data)
    await expect(async () => fitted.transform(data.samples)).rejects.toThrow(
      /maps each sample by its class: got no labels/,
    )
    const plain = await realNvp({ ...quick, steps: 16, conditional: false }).fit(data, fitting)
    expect(plain.describe().classes).toBeUndefined()
    expect(await roundTripError(plain, data.samples)).toBeLessThan(1e-4)
    const each = await perClass(realNvp({ ...quick, steps: 16 })).fit(data, fitting)
    expect(await roundTripError(each, data.samples, data.labels)).toBeLessThan(1e-4)
    for (const one of [fitted, plain, each]) await one.dispose()
  })

  it('keeps the weights that did best on held-out samples, and stops when there are no better ones', async () => {
    const data = bent(5, 6, 6, 0, 60)
    const fitted = await realNvp({
      width: 64,
      couplings: 4,
      steps: 800,
      batch: 32,
      patience: 3,
      heldOut: 0.3,
    }).fit(data, fitting)
    const { steps, bestStep } = fitted.describe()
    expect(Number(steps)).toBeLessThan(800)
    expect(Number(bestStep)).toBeLessThan(Number(steps))
    await fitted.dispose()
  })

  it('shows progress, and stops when it is told to', async () => {
    const stop = new AbortController()
    const seen: number[] = []
    const fit = realNvp({ ...quick, steps: 4000 }).fit(bent(1, 3, 3, 0), {
      ...fitting,
      signal: stop.signal,
      onProgress({ kind, step, loss }) {
        expect(kind).toBe('real-nvp')
        expect(Number.isFinite(loss)).toBe(true)
        seen.push(step)
        stop.abort(new Error('enough'))
      },
    })
    await expect(fit).rejects.toThrow('enough')
    expect(seen.length).toBe(1)
  })
})

describe('real-nvp refuses', () => {
  it.each([
    { d: 1, options: {}, expected: /samples \[1\] have only one/ },
    {
      d: 3,
      options: { mask: 'checkerboard' } as const,
      expected: /mask 'checkerboard' leaves nothing to map in samples \[3\]/,
    },
  ])('$d features with $options', async ({ d, options, expected }) => {
    await expect(realNvp(options).fit(bent(0, d, d, 0), fitting)).rejects.toThrow(expected)
  })

  it('options that there are not', () => {
    expect(() => preconditioner('real-nvp', { mask: 'stripes' })).toThrow(
      /unknown mask of real-nvp 'stripes': .*Known: /,
    )
    expect(() => preconditioner('real-nvp', { clmap: 1 })).toThrow(/did you mean 'clamp'/)
  })
})

/** Mean -log p of samples, a dimension. */
async function nats(fitted: FittedPreconditioner, { samples, labels }: Dataset): Promise<number> {
  const z = await fitted.transform(samples, labels)
  const logDet = (await fitted.logDet?.(samples, labels)) ?? new Float64Array(0)
  const [count, d] = z.shape
  const squares = z.data.reduce((sum, value) => sum + value * value, 0)
  return (
    0.5 * (squares / (count * d) + Math.log(2 * Math.PI)) - logDet.reduce((a, b) => a + b, 0) / (count * d)
  )
}
