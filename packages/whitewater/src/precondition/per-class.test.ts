import { ndarray } from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../data/dataset.ts'
import { dataset } from '../data/registry.ts'
import { select } from '../data/subset.ts'
import { covariance, flatten } from '../linalg/covariance.ts'
import { conditionNumber } from '../linalg/roots.ts'
import { perClass } from './per-class.ts'
import type { Samples } from './preconditioner.ts'
import { preconditioner } from './registry.ts'
import { zca } from './zca.ts'

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
    const [own, one] = [await perClass(zca()).fit(data, cpu), await zca().fit(data, cpu)]
    const [byClass, atOnce] = [
      await own.transform(data.samples, data.labels),
      await one.transform(data.samples),
    ]
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
    const fitted = await perClass(zca()).fit(data, cpu)
    const labels = data.labels ?? new Int32Array(0)
    const mapped = await fitted.transform(data.samples, labels)
    const logDets = (await fitted.logDet?.(data.samples, labels)) ?? []
    for (let label = 0; label < 3; label++) {
      const rows = [...labels].flatMap((value, i) => (value === label ? [i] : []))
      const part = select(data, rows)
      const inner = await zca().fit(part, cpu)
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
    const fitted = await preconditioner('class-zca').fit(data, cpu)
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
    const fitted = await preconditioner('class-zca').fit(data, cpu)
    expect(fitted.describe()).toEqual({
      ...{ floor: 1e-6, floored: 1, flooredClasses: '1' },
      ...{ features: 2, classes: 3 },
    })
    await fitted.dispose()
  })
})

describe('errors', () => {
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
    await expect(async () => classZca.fit(data, cpu)).rejects.toThrow(message)
  })

  it('refuses to map samples whose class it does not know', async () => {
    const data = counted([4, 4])
    const fitted = await classZca.fit(data, cpu)
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
