import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ndarray, randomStream, traced } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { select } from '../../data/subset.ts'
import { mixtureParameters } from '../../data/toy/mixture.ts'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { conditionNumber } from '../../linalg/roots.ts'
import { mixture } from './mixture.ts'
import { roundTripError, type FittedPreconditioner, type Samples } from '../preconditioner.ts'
import { loadPreconditioner, savePreconditioner } from '../folder.ts'
import { preconditioner } from '../registry.ts'
import { zca } from '../linear/zca.ts'

const cpu = { device: 'cpu', threads: 1 } as const
const truth = { components: 4, dimension: 3, conditionNumber: 1000, seed: 2 }

/** The toy mixture, whose components nobody is told. */
async function unlabelled(samples = 2000): Promise<Dataset & { readonly truth: Int32Array }> {
  const { name, samples: x, labels } = await dataset('mixture', { ...truth, samples })
  return { name, samples: x, truth: labels ?? new Int32Array(0) }
}

async function assigned(map: FittedPreconditioner, x: Samples, classes?: Int32Array): Promise<Int32Array> {
  if (!map.components) throw new TypeError('a mixture has components')
  return map.components.assign(x, classes)
}

function ofComponent(samples: Samples, labels: Int32Array, label: number): Samples {
  const rows = [...labels.keys()].filter((i) => labels[i] === label)
  return select({ name: 'part', samples }, rows).samples
}

const identityGap = (x: Samples): number => {
  const { mean, covariance: sigma } = covariance(flatten(x))
  const gaps = [...sigma.data].map((value, i) => Math.abs(value - (i % (sigma.rows + 1) === 0 ? 1 : 0)))
  return Math.max(...gaps, ...mean.map(Math.abs))
}

/** Two or three random clouds of some rank at some scale, with classes where asked. */
function clouds(
  seed: number,
  { d, rank, scale, classes }: { d: number; rank: number; scale: number; classes?: number },
): Dataset {
  const count = 240
  const stream = randomStream(seed)
  const noise = stream.normal(count * rank)
  const maps = stream.normal(3 * rank * d)
  const places = stream.normal(3 * d)
  const data = new Float32Array(count * d)
  for (let i = 0; i < count; i++) {
    const of = i % 3
    for (let j = 0; j < d; j++) {
      let value = 5 * places[of * d + j]
      for (let k = 0; k < rank; k++) value += noise[i * rank + k] * maps[(of * rank + k) * d + j]
      data[i * d + j] = scale * value
    }
  }
  const labels = classes && Int32Array.from({ length: count }, (_, i) => Math.floor(i / 3) % classes)
  return { name: 'clouds', samples: ndarray(data, [count, d]), ...(labels && { labels, classes }) }
}

describe('mixture whitening', () => {
  it('finds components nobody named and whitens each, which one whitening for all cannot (F.2)', async () => {
    const data = await unlabelled()
    const fitted = await preconditioner('mixture-zca', { components: 4 }).fit(data, { engine: cpu })
    const labels = await assigned(fitted, data.samples)
    const z = await fitted.transform(data.samples, labels)
    const one = await zca().fit(data, { engine: cpu })
    const atOnce = await one.transform(data.samples)
    let right = 0
    for (let label = 0; label < 4; label++) {
      expect(identityGap(ofComponent(z, labels, label))).toBeLessThan(1e-3)
      const rows = [...labels.keys()].filter((i) => labels[i] === label)
      const votes = [0, 1, 2, 3].map((k) => rows.filter((row) => data.truth[row] === k).length)
      right += Math.max(...votes)
      expect(
        conditionNumber(covariance(flatten(ofComponent(atOnce, labels, label))).covariance),
      ).toBeGreaterThan(200)
    }
    expect(right / data.truth.length).toBeGreaterThan(0.995)
    await fitted.dispose()
    await one.dispose()
  })

  it('recovers the weights, means and covariances of the data', async () => {
    const fitted = await mixture({ components: 4 }).fit(await unlabelled(8000), { engine: cpu })
    const { means, covariances } = mixtureParameters(truth)
    const [found, sigma] = ['mixture.means', 'mixture.covariances'].map((name) =>
      [...(fitted.tensors.get(name)?.data ?? [])].map(Number),
    )
    for (let k = 0; k < 4; k++) {
      const mean = means.data.subarray(3 * k, 3 * k + 3)
      const gaps = [0, 1, 2, 3].map((c) => Math.hypot(...mean.map((value, j) => value - found[3 * c + j])))
      const at = gaps.indexOf(Math.min(...gaps))
      expect(gaps[at]).toBeLessThan(0.08)
      covariances[k].data.forEach((value, i) =>
        expect(Math.abs(value - sigma[9 * at + i])).toBeLessThan(0.06),
      )
    }
    expect(fitted.describe()).toMatchObject({ components: 4, converged: true, floored: 0, features: 3 })
    await fitted.dispose()
  })

  it('comes back within 1e-5 over dimensions, ranks and scales, with classes and without', async () => {
    const property = fc.asyncProperty(
      fc.nat(1000),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: -6, max: 6 }),
      fc.constantFrom(undefined, 2),
      async (seed, d, rank, exponent, classes) => {
        const data = clouds(seed, { d, rank, scale: 10 ** exponent, classes })
        const fitted = await mixture({ components: 3, restarts: 2 }).fit(data, { engine: cpu })
        const labels = await assigned(fitted, data.samples, data.labels)
        expect(await roundTripError(fitted, data.samples, labels)).toBeLessThan(1e-5)
        await fitted.dispose()
      },
    )
    await fc.assert(property, { numRuns: 12, seed: 11 })
  })

  it('has the log determinant of its Jacobian, and a graph equal to its programs', async () => {
    const data = clouds(4, { d: 3, rank: 3, scale: 1 })
    const fitted = await mixture({ components: 3 }).fit(data, { engine: cpu })
    const step = 0.25
    const labels = (await assigned(fitted, data.samples)).subarray(0, 3)
    for (let i = 0; i < 3; i++) {
      const base = data.samples.data.subarray(3 * i, 3 * i + 3)
      const rows = ndarray(
        Float32Array.from({ length: 12 }, (_, at) => base[at % 3] + (at - 3 === 4 * (at % 3) ? step : 0)),
        [4, 3],
      )
      const same = new Int32Array(4).fill(labels[i])
      const { data: z } = await fitted.transform(rows, same)
      const [a, b, c] = [0, 1, 2].map((k) => [0, 1, 2].map((j) => (z[3 * (k + 1) + j] - z[j]) / step))
      const det =
        a[0] * (b[1] * c[2] - b[2] * c[1]) -
        a[1] * (b[0] * c[2] - b[2] * c[0]) +
        a[2] * (b[0] * c[1] - b[1] * c[0])
      const [logDet] = (await fitted.logDet?.(rows, same)) ?? []
      expect(logDet).toBeCloseTo(Math.log(Math.abs(det)), 4)
    }
    const three = ndarray(data.samples.data.slice(0, 9), [3, 3])
    const run = traced(
      ({ x, y }) => ({
        z: fitted.graph.forward(x, y),
        back: fitted.graph.inverse(fitted.graph.forward(x, y), y),
      }),
      cpu,
    )
    const { z, back } = await run({ x: three, y: ndarray(labels.slice(), [3]) })
    const mapped = await fitted.transform(three, labels)
    mapped.data.forEach((value, i) => expect(z.data[i]).toBeCloseTo(value, 5))
    three.data.forEach((value, i) => expect(back.data[i]).toBeCloseTo(value, 4))
    await run.dispose()
    await fitted.dispose()
  })

  it('finds components within each class, and labels them class by class', async () => {
    const data = clouds(9, { d: 2, rank: 2, scale: 1, classes: 2 })
    const fitted = await mixture({ components: 3 }).fit(data, { engine: cpu })
    const labels = await assigned(fitted, data.samples, data.labels)
    labels.forEach((label, i) => expect(Math.floor(label / 3)).toBe(data.labels?.[i]))
    expect(new Set(labels).size).toBe(6)
    expect(fitted.describe()).toMatchObject({ components: 3, classes: 2 })
    await expect(async () => assigned(fitted, data.samples)).rejects.toThrow(/got no labels/)
    await fitted.dispose()
  })

  it("takes as many components as the data has with 'auto'", async () => {
    const fitted = await mixture({ components: 'auto' }).fit(await unlabelled(), { engine: cpu })
    expect(fitted.describe()).toMatchObject({ components: 4 })
    await fitted.dispose()
  })

  it('keeps components of few samples well conditioned', async () => {
    const data = clouds(3, { d: 20, rank: 20, scale: 1 })
    const fitted = await mixture({ components: 12 }).fit(
      select(
        data,
        Array.from({ length: 60 }, (_, i) => i),
      ),
      { engine: cpu },
    )
    expect(fitted.describe()).toMatchObject({ floored: 0, components: 12 })
    const labels = await assigned(fitted, data.samples)
    expect(await roundTripError(fitted, data.samples, labels)).toBeLessThan(1e-6)
    await fitted.dispose()
  })

  it('maps and assigns the same after save and load, in a chain too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
    const data = clouds(7, { d: 3, rank: 3, scale: 2, classes: 2 })
    for (const kind of ['mixture-zca', 'mixture-pca', 'mixture-zca+class-standardise']) {
      const fitted = await preconditioner(kind).fit(data, { engine: cpu })
      await savePreconditioner(folder, fitted)
      const loaded = await loadPreconditioner(folder, cpu)
      const labels = await assigned(fitted, data.samples, data.labels)
      expect(await assigned(loaded, data.samples, data.labels)).toEqual(labels)
      const mapped = await fitted.transform(data.samples, labels)
      expect((await loaded.transform(data.samples, labels)).data).toEqual(mapped.data)
      expect(loaded.describe()).toEqual(fitted.describe())
      await fitted.dispose()
      await loaded.dispose()
    }
    await rm(folder, { recursive: true })
  })
})

describe('errors', () => {
  it.each([
    [
      'fewer than two samples a component',
      121,
      undefined,
      /240 samples are too few for 121 components.*fewer components/,
    ],
    [
      'a class too small for its components',
      50,
      3,
      /clouds, class 0: 81 samples are too few for 50 components/,
    ],
  ])('refuses %s', async (_, components, classes, message) => {
    const data = clouds(1, { d: 2, rank: 2, scale: 1, classes })
    await expect(async () => mixture({ components }).fit(data, { engine: cpu })).rejects.toThrow(message)
  })

  it.each([
    [{ components: 0 }, /components is 0/],
    [{ covariance: 'round' }, /unknown covariance of mixture-zca 'round': .*Known: full/],
    [{ component: 3 }, /unknown option of zca 'component'/],
  ])('refuses options %j', (options, message) => {
    expect(() => preconditioner('mixture-zca', options)).toThrow(message)
  })

  it('refuses an inner map that samples are needed for', () => {
    expect(() => mixture({}, zca({ shrinkage: 'ledoit-wolf' }))).toThrow(
      /mixture-zca: this zca is not fitted to mean/,
    )
  })

  it('is told which component a sample belongs to, or says that it must be', async () => {
    const data = clouds(1, { d: 2, rank: 2, scale: 1 })
    const fitted = await mixture({ components: 3 }).fit(data, { engine: cpu })
    await expect(fitted.transform(data.samples)).rejects.toThrow(/got no labels, expected one in 0\.\.2/)
    await fitted.dispose()
  })

  it('tells how far it has come, and stops when told to', async () => {
    const data = clouds(1, { d: 2, rank: 2, scale: 1 })
    const steps: number[] = []
    const stop = new AbortController()
    const onProgress = ({ step }: { step: number }) => {
      steps.push(step)
      if (step === 5) stop.abort(new Error('enough'))
    }
    const fit = mixture({ components: 3, tolerance: 0 }).fit(data, {
      engine: cpu,
      onProgress,
      signal: stop.signal,
    })
    await expect(fit).rejects.toThrow('enough')
    expect(steps).toEqual([1, 2, 3, 4, 5])
  })
})
