import { ndarray, randomStream } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { blocksOf } from '../../data/sample-blocks.ts'
import type { Dataset } from '../../data/dataset.ts'
import { dataset } from '../../data/registry.ts'
import { select } from '../../data/subset.ts'
import { covariance, flatten } from '../../linalg/covariance.ts'
import { identity as identityMatrix, largestDifference, matrix, transpose } from '../../linalg/matrix.ts'
import { multiply } from '../../linalg/product.ts'
import { conditionNumber } from '../../linalg/roots.ts'
import { classMomentsOfEach } from './class-moments.ts'
import { perClass } from './per-class.ts'
import { roundTripError, type Samples } from '../preconditioner.ts'
import { preconditioner } from '../registry.ts'
import { zca } from '../linear/zca.ts'

const cpu = { device: 'cpu', threads: 1 } as const

const mixture = (samples = 1500): Promise<Dataset> =>
  dataset('mixture', { samples, components: 3, conditionNumber: 1000 })

/** Samples of one class. */
function ofClass(data: Dataset, samples: Samples, label: number): Samples {
  const rows = [...(data.labels ?? [])].flatMap((value, i) => (value === label ? [i] : []))
  return select({ name: data.name, samples }, rows).samples
}

/** 3 classes of two dimensions, as many samples of each as the counts say. */
function counted(counts: readonly number[]): Dataset {
  const labels = Int32Array.from(counts.flatMap((count, label) => Array<number>(count).fill(label)))
  const samples = ndarray(
    Float32Array.from({ length: 2 * labels.length }, (_, i) => Math.sin(i * i)),
    [labels.length, 2],
  )
  return { name: 'counted', samples, labels, classes: counts.length }
}

describe('per class', () => {
  it('whitens every component of a mixture, which one whitening for all cannot (F.2)', async () => {
    const data = await mixture()
    const own = await perClass(zca()).fit(data, { engine: cpu })
    const one = await zca().fit(data, { engine: cpu })
    const byClass = await own.transform(data.samples, data.labels)
    const atOnce = await one.transform(data.samples)
    for (let label = 0; label < 3; label++) {
      const { mean, covariance: sigma } = covariance(flatten(ofClass(data, byClass, label)))
      mean.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-4))
      sigma.data.forEach((value, i) => expect(Math.abs(value - (i % 3 === 0 ? 1 : 0))).toBeLessThan(1e-3))
      expect(conditionNumber(covariance(flatten(ofClass(data, atOnce, label))).covariance)).toBeGreaterThan(
        300,
      )
    }
    await own.dispose()
    await one.dispose()
  })

  it('maps each sample exactly as the inner map fitted to its class does, whatever the order of samples', async () => {
    const data = await mixture(301)
    const fitted = await perClass(zca()).fit(data, { engine: cpu })
    const labels = data.labels ?? new Int32Array(0)
    const mapped = await fitted.transform(data.samples, labels)
    const logDets = (await fitted.logDet?.(data.samples, labels)) ?? []
    for (let label = 0; label < 3; label++) {
      const rows = [...labels].flatMap((value, i) => (value === label ? [i] : []))
      const part = select(data, rows)
      const inner = await zca().fit(part, { engine: cpu })
      const expected = await inner.transform(part.samples)
      ofClass(data, mapped, label).data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i], 5))
      const [logDet] = (await inner.logDet?.(part.samples)) ?? []
      rows.forEach((row) => expect(logDets[row]).toBeCloseTo(logDet, 10))
      await inner.dispose()
    }
    await fitted.dispose()
  })

  it('maps back under another class: P_b^-1(P_a(x)) moves samples of a onto b', async () => {
    const data = await mixture()
    const fitted = await preconditioner('class-zca').fit(data, { engine: cpu })
    const from = ofClass(data, data.samples, 0)
    const label = (value: number) => new Int32Array(from.shape[0]).fill(value)
    const moved = covariance(flatten(await fitted.invert(await fitted.transform(from, label(0)), label(1))))
    const target = covariance(flatten(ofClass(data, data.samples, 1)))
    moved.mean.forEach((value, j) => expect(value).toBeCloseTo(target.mean[j], 3))
    moved.covariance.data.forEach((value, i) => expect(value).toBeCloseTo(target.covariance.data[i], 3))
    await fitted.dispose()
  })

  it('says in which classes variances were raised to the floor', async () => {
    const data = counted([10, 2, 10])
    const fitted = await preconditioner('class-zca').fit(data, { engine: cpu })
    expect(fitted.describe()).toEqual({
      floor: 1e-6,
      floored: 1,
      flooredClasses: '1',
      features: 2,
      classes: 3,
    })
    await fitted.dispose()
  })
})

/** As many samples of each of 3 classes in d dimensions; class k is spread by k + 1 about its own place. */
function small(counts: readonly number[], d: number, seed = 5): Dataset {
  const labels = Int32Array.from(counts.flatMap((count, label) => Array<number>(count).fill(label)))
  const data = randomStream(seed).normal(labels.length * d)
  const samples = ndarray(
    data.map(
      (value, at) =>
        (labels[Math.floor(at / d)] + 1) * value * (1 + (at % d)) + 3 * labels[Math.floor(at / d)],
    ),
    [labels.length, d],
  )
  return { name: 'small', samples, labels, classes: counts.length }
}

describe('pool', () => {
  it('mixes each covariance with that within classes by the number of samples (Friedman 1989)', async () => {
    const d = 4
    const pool = 6
    const data = small([40, 3, 1], d)
    const fitted = await perClass(zca(), { pool }).fit(data, { engine: cpu })
    const parts = [0, 1].map(
      (label) => covariance(flatten(ofClass(data, data.samples, label))).covariance.data,
    )
    // 39 and 2 degrees of freedom; the class of one sample has none.
    const within = parts[0].map((value, i) => (39 * value + 2 * parts[1][i]) / 41)
    const expected = [
      parts[0].map((value, i) => (39 * value + pool * within[i]) / (39 + pool)),
      parts[1].map((value, i) => (2 * value + pool * within[i]) / (2 + pool)),
      within,
    ]
    expected.forEach((sigma, label) => {
      const w = fitted.tensors.get(`${label}.forward`)?.data
      const whiten = matrix(d, d, Float64Array.from(w ?? [], Number))
      const whitened = multiply(multiply(whiten, matrix(d, d, sigma)), transpose(whiten))
      expect(largestDifference(whitened, identityMatrix(d))).toBeLessThan(1e-9)
    })
    await fitted.dispose()
  })

  it('conditions a class of fewer samples than dimensions well, and comes back from it', async () => {
    const data = small([60, 4, 60], 10)
    const own = await perClass(zca()).fit(data, { engine: cpu })
    const pooled = await preconditioner('class-zca', { pool: 10 }).fit(data, { engine: cpu })
    expect(own.describe()).toMatchObject({ floored: 7, flooredClasses: '1' })
    expect(pooled.describe()).toEqual({ floor: 1e-6, pool: 10, floored: 0, features: 10, classes: 3 })
    // Fresh samples of the small class: without pooling, what the four do not span is blown up a thousandfold.
    const fresh = small([0, 500, 0], 10, 6)
    const spread = async (map: typeof own) =>
      conditionNumber(covariance(flatten(await map.transform(fresh.samples, fresh.labels))).covariance)
    expect(await spread(pooled)).toBeLessThan(20)
    expect(await spread(own)).toBeGreaterThan(1e4)
    expect(await roundTripError(pooled, data.samples, data.labels)).toBeLessThan(1e-6)
    await own.dispose()
    await pooled.dispose()
  })

  it('fades as a class grows: weight pool / (n - 1 + pool)', async () => {
    const data = small([4000, 4000], 3)
    const own = await perClass(zca()).fit(data, { engine: cpu })
    const pooled = await perClass(zca(), { pool: 3 }).fit(data, { engine: cpu })
    const a = await own.transform(data.samples, data.labels)
    const b = await pooled.transform(data.samples, data.labels)
    const gap = a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0)
    expect(gap).toBeLessThan(0.01)
    expect(gap).toBeGreaterThan(1e-5)
    await own.dispose()
    await pooled.dispose()
  })

  it('is fitted from moments at hand, or from blocks, as from samples in memory', async () => {
    const data = small([30, 5, 20], 4)
    const maker = perClass(zca(), { pool: 4 })
    const moments = await classMomentsOfEach(
      [0, 1, 2].map((label) => ({ name: 'part', samples: ofClass(data, data.samples, label) })),
      cpu,
    )
    const one = await maker.fit(data, { engine: cpu })
    for (const other of [
      await maker.fitClassMoments?.(moments, { engine: cpu }),
      await maker.fitBlocks?.(blocksOf(data), { engine: cpu }),
    ]) {
      expect(other?.tensors).toEqual(one.tensors)
      await other?.dispose()
    }
    await one.dispose()
  })
})

describe('errors', () => {
  it.each([
    [
      'a pool of less than nothing',
      { pool: -1 },
      /class-zca: pool is -1, expected a number of samples, 0 or more/,
    ],
    ['a pool in words', { pool: 'some' }, /pool is "some", expected a number of samples/],
    ['a pool where samples are needed', { pool: 2, shrinkage: 'ledoit-wolf' }, /leave pool out/],
    ['an option that neither has', { pol: 2 }, /unknown option of zca 'pol'/],
  ])('refuses %s', (_, options, message) => {
    expect(() => preconditioner('class-zca', options)).toThrow(message)
  })

  it('says that a pool helps a class of one sample, and that nothing helps where all have one', async () => {
    await expect(async () => classZca.fit(counted([4, 1]), { engine: cpu })).rejects.toThrow(
      /class 1 has 1 samples, class-zca needs at least 2 of each of 0\.\.1: give class-zca a pool such as 2, drop such/,
    )
    const pooled = preconditioner('class-zca', { pool: 2 })
    await expect(async () => pooled.fit(counted([4, 0]), { engine: cpu })).rejects.toThrow(
      /class 1 has 0 samples.*at least 1/,
    )
    await expect(async () => pooled.fit(counted([1, 1]), { engine: cpu })).rejects.toThrow(
      /no variance within classes to pool/,
    )
  })

  const classZca = preconditioner('class-zca')

  it.each([
    ['data without labels', { ...counted([4]), labels: undefined }, /counted has no labels.*choose zca$/],
    [
      'an empty class',
      counted([4, 0, 4]),
      /class 1 has 0 samples, class-zca needs at least 2 of each of 0\.\.2/,
    ],
    ['classes of one sample', counted([1, 4, 1]), /class 0 has 1 samples \(and 1 more/],
    ['a label out of range', { ...counted([4, 4]), classes: 1 }, /label 1 of sample 4 is outside 0\.\.0/],
    [
      'a class that does not vary',
      {
        ...counted([4, 4]),
        samples: ndarray(
          new Float32Array(16).map((_, i) => Math.min(i, 8)),
          [8, 2],
        ),
      },
      /counted, class 1: all features are constant/,
    ],
  ])('refuses to fit %s', async (_, data, message) => {
    await expect(async () => classZca.fit(data, { engine: cpu })).rejects.toThrow(message)
  })

  it('refuses to map samples whose class it does not know', async () => {
    const data = counted([4, 4])
    const fitted = await classZca.fit(data, { engine: cpu })
    await expect(fitted.transform(data.samples)).rejects.toThrow(
      /got no labels, expected one in 0\.\.1 a sample/,
    )
    await expect(fitted.invert(data.samples, Int32Array.of(0))).rejects.toThrow(/got 1 labels for 8 samples/)
    const wrong = Int32Array.from([0, 0, 0, 0, 0, 0, -1, 0])
    await expect(fitted.transform(data.samples, wrong)).rejects.toThrow(
      /label -1 of sample 6 is outside 0\.\.1/,
    )
    const wide = ndarray(new Float32Array(24), [8, 3])
    await expect(fitted.transform(wide, data.labels)).rejects.toThrow(
      /fitted to samples of shape \[2\], got \[3\]/,
    )
    await fitted.dispose()
  })
})
