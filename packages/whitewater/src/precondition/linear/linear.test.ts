import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ndarray, sizeOf, traced } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { logDeterminant } from '../../linalg/cholesky.ts'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { identity, largestDifference, matrix } from '../../linalg/matrix.ts'
import { multiplyOwnTranspose } from '../../linalg/product.ts'
import { momentsOf } from './moments.ts'
import { roundTripError, type FittedPreconditioner, type Samples } from '../preconditioner.ts'
import { loadPreconditioner, savePreconditioner } from '../folder.ts'
import { preconditioner } from '../registry.ts'
import {
  correlated,
  linearCases,
  whiteningCases,
  type Data,
  type LinearCase,
} from './testing/linear-cases.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** Every kind, and every kind a class. */
const everyCase: readonly LinearCase[] = linearCases.flatMap((one) =>
  one.kind === 'none' ? [one] : [one, { ...one, name: `class ${one.name}`, kind: `class-${one.kind}` }],
)

const named = everyCase.map((one) => [one.name, one] as const)

const shape = { features: [2, 4, 2], patch: 2 }

async function fitted<T>(
  { kind, options }: LinearCase,
  data: Omit<Data, 'features'>,
  use: (map: FittedPreconditioner, samples: Samples, labels: Int32Array | undefined) => Promise<T>,
): Promise<T> {
  const { samples, ...rest } = correlated({ ...data, features: shape.features })
  const map = await preconditioner(kind, options(shape)).fit({ samples, ...rest }, { engine: cpu })
  return use(map, samples, rest.labels).finally(() => map.dispose())
}

describe('a linear preconditioner', () => {
  const problems = fc.record({
    seed: fc.nat(1000),
    extents: fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
    ),
    patch: fc.integer({ min: 1, max: 2 }),
    exponent: fc.integer({ min: -6, max: 6 }),
    rank: fc.integer({ min: 1, max: 24 }),
    spread: fc.integer({ min: 0, max: 3 }),
  })

  it.each(named)('%s comes back to the data within 1e-5, over shapes, ranks and scales', async (_, one) => {
    const property = fc.asyncProperty(problems, async ({ extents: [c, a, b], patch, exponent, ...rest }) => {
      const features = [c, a * patch, b * patch]
      const data = correlated({ ...rest, features, scale: 10 ** exponent, count: 60 })
      const map = await preconditioner(one.kind, one.options({ features, patch })).fit(data, { engine: cpu })
      expect(await roundTripError(map, data.samples, data.labels)).toBeLessThan(1e-5)
      await map.dispose()
    })
    await fc.assert(property, { numRuns: 8, seed: 7 })
  })

  it.each(named)('%s reports log|det| of its Jacobian', (_, one) =>
    fitted(one, { seed: 2, scale: 0.1 }, async (map, samples, given) => {
      const d = sizeOf(shape.features)
      const first = samples.data.subarray(0, d)
      const step = 0.25
      const moved = Float32Array.from(
        { length: (d + 1) * d },
        (_, at) => first[at % d] + (Math.floor(at / d) === (at % d) + 1 ? step : 0),
      )
      const rows = ndarray(moved, [d + 1, ...shape.features])
      const labels = given && new Int32Array(d + 1)
      const { data: z } = await map.transform(rows, labels)
      const jacobian = matrix(
        d,
        d,
        Float64Array.from({ length: d * d }, (_, at) => (z[d + at] - z[at % d]) / step),
      )
      const [logDet] = (await map.logDet?.(rows, labels)) ?? []
      expect(logDet).toBeCloseTo(0.5 * logDeterminant(multiplyOwnTranspose(jacobian)), 3)
    }),
  )

  it.each(named)('%s maps the same as a graph, in batches of another size', (_, one) =>
    fitted(one, { seed: 3 }, async (map, { data, shape: [, ...features] }, labels) => {
      const part = ndarray(data.subarray(0, 5 * sizeOf(features)), [5, ...features])
      const classes = labels?.slice(0, 5)
      const run = traced((inputs) => {
        const z = map.graph.forward(inputs.x, inputs.labels)
        return { z, back: map.graph.inverse(z, inputs.labels) }
      })
      const both = await run({ x: part, ...(classes && { labels: ndarray(classes, [5]) }) })
      const z = await map.transform(part, classes)
      z.data.forEach((value, i) => expect(both.z.data[i]).toBeCloseTo(value, 5))
      ;(await map.invert(z, classes)).data.forEach((value, i) =>
        expect(both.back.data[i]).toBeCloseTo(value, 5),
      )
      await run.dispose()
    }),
  )

  it.each(named)('%s is the same map after save and load', async (_, one) => {
    const folder = await mkdtemp(join(tmpdir(), 'whitewater-'))
    await fitted(one, { seed: 4 }, async (map, samples, labels) => {
      await savePreconditioner(folder, map)
      const loaded = await loadPreconditioner(folder, cpu)
      const z = await map.transform(samples, labels)
      expect((await loaded.transform(samples, labels)).data).toEqual(z.data)
      expect((await loaded.invert(z, labels)).data).toEqual((await map.invert(z, labels)).data)
      expect(await loaded.logDet?.(samples, labels)).toEqual(await map.logDet?.(samples, labels))
      expect(loaded.describe()).toEqual(map.describe())
      expect(loaded.options).toEqual(map.options)
      await loaded.dispose()
    }).finally(() => rm(folder, { recursive: true }))
  })

  it.each(linearCases.map((one) => [one.name, one] as const))(
    '%s says what becomes of the covariance, and is the same from moments where it can be',
    async (_, { kind, options }) => {
      const data = correlated({ seed: 9, features: shape.features, scale: 3, spread: 1 })
      const moments = await momentsOf(data, cpu)
      const one = preconditioner(kind, options(shape))
      const map = await one.fit(data, { engine: cpu })
      const z = await map.transform(data.samples)
      const measured = covariance(flatten(z)).covariance
      const after = await map.covarianceAfter?.(moments.covariance)
      const largest = measured.data.reduce((a, b) => Math.max(a, b), 0)
      expect(after && largestDifference(after, measured) / largest).toBeLessThan(1e-5)
      const again = await one.fitMoments?.(moments, { engine: cpu })
      expect(again?.describe() ?? map.describe()).toEqual(map.describe())
      expect((await again?.transform(data.samples))?.data ?? z.data).toEqual(z.data)
      await map.dispose()
      await again?.dispose()
    },
  )

  it.each(whiteningCases.map(({ kind }) => kind))('%s whitens: W Sigma W^T = I', async (kind) => {
    const data = correlated({ seed: 5, features: [6], scale: 3, spread: 1 })
    const { covariance: sigma } = await momentsOf(data, cpu)
    const map = await preconditioner(kind, { floor: 0 }).fit(data, { engine: cpu })
    const white = await map.covarianceAfter?.(sigma)
    expect(white && largestDifference(white, identity(6))).toBeLessThan(1e-10)
    const { mean } = covariance(flatten(await map.transform(data.samples)))
    mean.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-5))
    await map.dispose()
  })
})

describe('data that cannot be whitened', () => {
  const flat = { name: 'flat', samples: ndarray(new Float32Array(80).fill(2), [10, 2, 2, 2]) }
  const varying = linearCases.filter(({ kind }) => kind !== 'none')
  const cases = varying.map(
    ({ name, kind, options }) => [name, kind, options({ features: [2, 2, 2], patch: 2 })] as const,
  )

  it.each(cases)('%s refuses data without any variance', async (_, kind, options) => {
    await expect(async () => preconditioner(kind, options).fit(flat, { engine: cpu })).rejects.toThrow(
      /^flat: all (8 )?features are constant/,
    )
  })

  it.each(cases)('%s refuses data with a value that is not finite', async (_, kind, options) => {
    const data = correlated({ seed: 1, features: [2, 2, 2], count: 20 })
    data.samples.data[13] = NaN
    await expect(async () => preconditioner(kind, options).fit(data, { engine: cpu })).rejects.toThrow(
      /^correlated: feature \d holds values that are NaN or infinite/,
    )
  })

  const singular = cases.filter(
    ([, kind, { shrinkage }]) => kind !== 'standardise' && shrinkage === undefined,
  )

  it.each(singular)(
    '%s refuses a singular covariance with floor 0, in one line that names the data',
    async (_, kind, options) => {
      const { samples } = correlated({ seed: 1, features: [2, 2, 2], count: 20 })
      const same = samples.data.map((_, at) => samples.data[at - (at % 8)])
      const data = { name: 'rank one', samples: ndarray(same, samples.shape) }
      await expect(async () =>
        preconditioner(kind, { ...options, floor: 0 }).fit(data, { engine: cpu }),
      ).rejects.toThrow(/^rank one: .*floor (such as 1e-6|above 0)$/)
    },
  )
})
