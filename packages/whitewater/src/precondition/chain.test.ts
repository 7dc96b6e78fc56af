import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ndarray, randomStream, traced } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { covariance, flatten } from '../linalg/covariance.ts'
import { largestDifference, matrix } from '../linalg/matrix.ts'
import { chain, withComponents } from './chain.ts'
import { flowPreconditioner } from './trained/flow.ts'
import { perClass } from './classes/per-class.ts'
import { roundTripError, type Preconditioner, type Settings } from './preconditioner.ts'
import { loadPreconditioner, savePreconditioner } from './folder.ts'
import { preconditioner } from './registry.ts'
import { standardise } from './linear/standardise.ts'
import { zca } from './linear/zca.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** Correlated samples in two classes that lie apart. */
function correlated(seed: number, d: number, scale = 1, count = 200): Dataset {
  const noise = randomStream(seed).normal(count * d)
  const map = randomStream(seed + 1).normal(d * d)
  const data = new Float32Array(count * d)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < d; k++) data[i * d + j] += scale * noise[i * d + k] * map[k * d + j]
      data[i * d + j] += scale * (1 + 4 * (i % 2))
    }
  }
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  return { name: 'correlated', samples: ndarray(data, [count, d]), labels, classes: 2 }
}

/** Cheap, and like any other in all that a chain does with it. */
const quickFlow = () => flowPreconditioner({ network: 'tiny', steps: 20, solverSteps: 16 })

/** Sorts samples by the sign of their first feature and maps them as `perClass(zca())` would. */
function halves(): Preconditioner {
  const sides = ({ data, shape: [n, d] }: Dataset['samples'], labels?: Int32Array): Int32Array =>
    Int32Array.from({ length: n }, (_, i) => 2 * (labels?.[i] ?? 0) + Number(data[i * d] > 1))
  return {
    kind: 'halves',
    options: {},
    async fit(data, options) {
      const sorted = { ...data, labels: sides(data.samples, data.labels), classes: 2 * (data.classes ?? 1) }
      const fitted = await perClass(zca()).fit(sorted, options)
      const assign = (x: Dataset['samples'], labels?: Int32Array) => Promise.resolve(sides(x, labels))
      return { ...fitted, kind: 'halves', components: { perClass: 2, assign } }
    },
  }
}

describe('a chain', () => {
  it.each([
    ['standardise, zca', () => chain(standardise(), zca()), 1e-5],
    ['class-zca, standardise', () => chain(perClass(zca()), standardise()), 1e-5],
    ['zca, class-zca, zca', () => chain(zca(), perClass(zca()), zca()), 1e-5],
    ['zca, flow', () => chain(zca(), quickFlow()), 1e-3],
  ] as const)('of %s comes back to the data, over dimensions and scales', async (_, make, tolerance) => {
    const property = fc.asyncProperty(
      fc.nat(1000),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: -6, max: 6 }),
      async (seed, d, exponent) => {
        const data = correlated(seed, d, 10 ** exponent)
        const fitted = await make().fit(data, { engine: cpu })
        expect(await roundTripError(fitted, data.samples, data.labels)).toBeLessThan(tolerance)
        await fitted.dispose()
      },
    )
    await fc.assert(property, { numRuns: 4, seed: 11 })
  })

  it('is its parts one after the other, each fitted to what the ones before it give', async () => {
    const data = correlated(3, 4)
    const scale = await standardise().fit(data, { engine: cpu })
    const rest = perClass(zca())
    const scaled = { ...data, samples: await scale.transform(data.samples) }
    const second = await rest.fit(scaled, { engine: cpu })
    const whole = await chain(standardise(), rest).fit(data, { engine: cpu })
    const expected = await second.transform(scaled.samples, data.labels)
    const z = await whole.transform(data.samples, data.labels)
    z.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i], 5))
    const a = await scale.logDet?.(data.samples)
    const b = await second.logDet?.(scaled.samples, data.labels)
    const sum = await whole.logDet?.(data.samples, data.labels)
    expect(sum).toHaveLength(200)
    sum?.forEach((value, i) => expect(value).toBeCloseTo((a?.[i] ?? NaN) + (b?.[i] ?? NaN), 9))
    for (const fitted of [scale, second, whole]) await fitted.dispose()
  })

  it('reports log|det| of its Jacobian', async () => {
    const data = correlated(8, 2, 0.1)
    const fitted = await chain(perClass(standardise()), zca()).fit(data, { engine: cpu })
    const [x, y] = data.samples.data
    const rows = ndarray(Float32Array.of(x, y, x + 0.25, y, x, y + 0.25), [3, 2])
    const labels = new Int32Array(3)
    const { data: z } = await fitted.transform(rows, labels)
    const [a, b, c, d] = [z[2] - z[0], z[3] - z[1], z[4] - z[0], z[5] - z[1]].map((value) => value / 0.25)
    const [logDet] = (await fitted.logDet?.(rows, labels)) ?? []
    expect(logDet).toBeCloseTo(Math.log(Math.abs(a * d - b * c)), 4)
    await fitted.dispose()
  })

  it('says what becomes of the covariance where every part is linear, and only there', async () => {
    const data = correlated(5, 5)
    const whole = await chain(standardise({ floor: 0.5 }), zca({ floor: 0.1 })).fit(data, { engine: cpu })
    const after = await whole.covarianceAfter?.(covariance(flatten(data.samples)).covariance)
    const measured = covariance(flatten(await whole.transform(data.samples))).covariance
    expect(largestDifference(after ?? matrix(5, 5), measured)).toBeLessThan(1e-4)
    const bent = await chain(zca(), perClass(zca())).fit(data, { engine: cpu })
    expect(bent.covarianceAfter).toBeUndefined()
    for (const fitted of [whole, bent]) await fitted.dispose()
  })

  it('is the same map as a graph, labels included', async () => {
    const data = correlated(2, 3, 10, 64)
    const fitted = await chain(perClass(zca()), quickFlow()).fit(data, { engine: cpu })
    const { graph } = fitted
    const run = traced(
      ({ x, z, labels }) => ({ there: graph.forward(x, labels), back: graph.inverse(z, labels) }),
      cpu,
    )
    const labels = ndarray(data.labels ?? new Int32Array(0), [64])
    const z = await fitted.transform(data.samples, data.labels)
    const x = await fitted.invert(z, data.labels)
    const { there, back } = await run({ x: data.samples, z, labels })
    z.data.forEach((value, i) => expect(Number(there.data[i])).toBeCloseTo(value, 4))
    x.data.forEach((value, i) => expect(Number(back.data[i])).toBeCloseTo(value, 2))
    await run.dispose()
    await fitted.dispose()
  })

  it('adds up evaluations, and gives parts that draw numbers seeds of their own', async () => {
    const data = correlated(2, 2)
    const fitted = await chain(quickFlow(), quickFlow()).fit(data, { engine: cpu, seed: 4 })
    await fitted.invert(data.samples, data.labels)
    expect(fitted.evaluations?.()).toBe(2 * 16 * 4)
    const weights = [0, 1].map((at) => fitted.tensors.get(`${at}.field.layers.0.weight`)?.data)
    expect(weights[0]).toBeDefined()
    expect(weights[0]).not.toEqual(weights[1])
    const linear = await chain(zca(), zca()).fit(data, { engine: cpu })
    expect(linear.evaluations).toBeUndefined()
    for (const one of [fitted, linear]) await one.dispose()
  })
})

describe('components', () => {
  it('found by the first part are the labels of those after it', async () => {
    const data = correlated(6, 2, 1, 400)
    const fitted = await chain(halves(), perClass(standardise())).fit(data, { engine: cpu })
    expect(fitted.components?.perClass).toBe(2)
    const { labels, classes } = await withComponents(fitted, data)
    expect(classes).toBe(4)
    expect(labels).toEqual(await fitted.components?.assign(data.samples, data.labels))
    expect(await roundTripError(fitted, data.samples, labels)).toBeLessThan(1e-5)
    await fitted.dispose()
  })

  it('are refused behind the first part', async () => {
    await expect(chain(zca(), halves()).fit(correlated(6, 2), { engine: cpu })).rejects.toThrow(
      /halves sorts samples into components.*put it first/,
    )
  })
})

describe('names, options and saving', () => {
  it('numbers the options of its parts', () => {
    const one = preconditioner('standardise+class-zca', { '0.floor': 0.5, '1.floor': 0.25 })
    expect(one.kind).toBe('standardise+class-zca')
    expect(one.options).toMatchObject({ '0.floor': 0.5, '1.floor': 0.25 })
    expect(one.needsLabels).toBe(true)
    expect(preconditioner('zca+zca').needsLabels).toBe(false)
  })

  it('of chains is one chain, and of one part that part', () => {
    const nested = chain(chain(zca({ floor: 0.1 }), standardise()), zca({ floor: 0.2 }))
    const flat = chain(zca({ floor: 0.1 }), standardise(), zca({ floor: 0.2 }))
    expect([nested.kind, nested.options]).toEqual([flat.kind, flat.options])
    expect(chain(zca()).kind).toBe('zca')
    expect(chain(zca()).options).toEqual(zca().options)
  })

  it.each<[string, Settings]>([
    ['standardise+zca', {}],
    ['class-zca+standardise', {}],
    ['zca+flow', { '1.steps': 10, '1.solverSteps': 4 }],
    ['class-flow', { steps: 10, solverSteps: 4 }],
  ])('%s maps the same after save and load', async (name, options) => {
    const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
    try {
      const data = correlated(7, 3)
      const fitted = await preconditioner(name, options).fit(data, { engine: cpu })
      await savePreconditioner(folder, fitted)
      const loaded = await loadPreconditioner(folder, cpu)
      expect([loaded.kind, loaded.options]).toEqual([fitted.kind, fitted.options])
      expect(loaded.describe()).toEqual(fitted.describe())
      const z = await fitted.transform(data.samples, data.labels)
      const again = await loaded.transform(data.samples, data.labels)
      z.data.forEach((value, i) => expect(Math.abs(again.data[i] - value)).toBeLessThan(1e-6))
      await fitted.dispose()
      await loaded.dispose()
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it.each([
    ['no parts', () => chain(), /chain of nothing/],
    [
      'an option that names no part',
      () => preconditioner('zca+zca', { floor: 0.1 }),
      /write 0\.floor to give it to zca/,
    ],
    [
      'an option of a part that there is not',
      () => preconditioner('zca+zca', { '2.floor': 0.1 }),
      /from 0\. to 1\., got 2\.floor/,
    ],
    [
      'an option that a part does not take',
      () => preconditioner('zca+zca', { '1.flor': 0.1 }),
      /option of zca 'flor'/,
    ],
    ['a part that there is not', () => preconditioner('zca+zac'), /unknown preconditioner 'zac'/],
    ['a chain a class', () => perClass(chain(zca(), zca())), /class-zca\+class-zca/],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it('gives back what it holds when a later part cannot be fitted', async () => {
    let disposed = 0
    const counted: Preconditioner = {
      ...zca(),
      fit: async (data, options) => {
        const fitted = await zca().fit(data, options)
        return { ...fitted, dispose: () => Promise.resolve(void disposed++) }
      },
    }
    const unlabelled = { ...correlated(1, 2), labels: undefined, classes: undefined }
    await expect(chain(counted, perClass(zca())).fit(unlabelled, { engine: cpu })).rejects.toThrow(
      /has no labels/,
    )
    expect(disposed).toBe(1)
  })
})
