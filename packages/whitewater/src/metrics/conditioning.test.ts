import { ndarray, randomStream } from '@whitewater/tensor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blocksOf, runningMomentsOf } from '../data/sample-blocks.ts'
import { dataset } from '../data/registry.ts'
import type { Dataset } from '../data/dataset.ts'
import { select } from '../data/subset.ts'
import { rowsPerBlock } from '../linalg/moments.ts'
import {
  conditionByClass,
  conditionOfMoments,
  DEFAULT_DELTA,
  effectiveRank,
  measuredCondition,
  measuredPathCondition,
  pathConditions,
  streamedPathCondition,
} from './conditioning.ts'
import { gradientDescentSteps } from '../theory/descent.ts'
import { pathCondition, pathEigenvalues } from '../theory/gaussian.ts'
import { lowEigenvalueRecovery } from './low-eigenvalue.ts'
import { cloud, moved } from './testing.ts'

test('the path starts round and ends as the data', () => {
  const eigenvalues = Float64Array.of(100, 4, 0.25)
  expect(pathCondition(eigenvalues, 0)).toBe(1)
  expect(pathCondition(eigenvalues, 1)).toBe(400)
  expect(Array.from(pathEigenvalues(eigenvalues, 0.5))).toEqual([25.25, 1.25, 0.3125])
  expect(pathCondition(Float64Array.of(1, 0), 1)).toBe(Infinity)
})

test('conditioning worsens along the path of data with eigenvalues on both sides of 1', () => {
  const time = fc.double({ min: 0, max: 1, noNaN: true })
  const kappa = (t: number) => pathCondition(Float64Array.of(9, 1, 0.01), t)
  fc.assert(
    fc.property(time, time, (s, t) => {
      expect(kappa(Math.min(s, t))).toBeLessThanOrEqual(kappa(Math.max(s, t)) * (1 + 1e-12))
    }),
  )
})

test('measured on samples, kappa(x_t) follows Eq. 13, and equals the covariance of x_t itself', () => {
  const noise = cloud(4000, 3, 1)
  const data = moved(cloud(4000, 3, 2, 0, [5, 1, 0.3]), 3)
  const times = [0, 0.3, 0.8, 1]
  const measured = measuredPathCondition(noise, data, times)
  times.forEach((t, at) => {
    const xt = ndarray(
      Float64Array.from(noise.data, (value, i) => (1 - t) * value + t * data.data[i]),
      noise.shape,
    )
    expect(measured[at].kappa / measuredCondition(xt).kappa).toBeCloseTo(1, 9)
    const exact = pathCondition(Float64Array.of(25, 1, 0.09), t)
    expect(measured[at].kappa / exact).toBeGreaterThan(0.85)
    expect(measured[at].kappa / exact).toBeLessThan(1.2)
  })
})

test('delta bounds kappa of a degenerate covariance', () => {
  const flat = ndarray(Float32Array.of(1, 0, -1, 0), [2, 2])
  expect(measuredCondition(flat).kappa).toBeCloseTo((2 + DEFAULT_DELTA) / DEFAULT_DELTA, 3)
  expect(measuredCondition(flat, { delta: 0 }).kappa).toBe(Infinity)
  expect(() => measuredCondition(flat, { delta: -1 })).toThrow('got delta -1')
  expect(() => measuredPathCondition(flat, cloud(3, 2, 1), [0])).toThrow('got 2 noise and 3 data samples')
})

test('from running moments it is the same as from the samples', async () => {
  const data = await dataset('gaussian', { samples: 700, dimension: 6, conditionNumber: 50 })
  const expected = measuredCondition(data.samples, { delta: 1e-3 })
  const found = await conditionOfMoments(await runningMomentsOf(blocksOf(data)), { delta: 1e-3 })
  expect(found.kappa / expected.kappa).toBeCloseTo(1, 10)
  found.eigenvalues.forEach((value, j) => expect(value / expected.eigenvalues[j]).toBeCloseTo(1, 10))
  await expect(conditionOfMoments(await runningMomentsOf(blocksOf(data)), { delta: -1 })).rejects.toThrow(
    'got delta -1',
  )
})

test('along the path from a spectrum: Eq. 13 with the ridge on every S_t', () => {
  const [start, middle, end] = pathConditions(Float64Array.of(9, 1, 0), [0, 0.5, 1], { delta: 0.5 })
  expect(start).toEqual({ t: 0, kappa: 1 })
  expect(middle.kappa).toBeCloseTo((0.25 + 0.25 * 9 + 0.5) / (0.25 + 0.5), 12)
  expect(end.kappa).toBeCloseTo(9.5 / 0.5, 12)
  expect(() => pathConditions(Float64Array.of(1), [1.5])).toThrow('expected 0 <= t <= 1')
  expect(() => pathConditions(Float64Array.of(1), [])).toThrow('got no times')
})

test('measured block by block it is the path of the same noise and data, and follows Eq. 13', async () => {
  // More samples than a block of [x0, x1] holds.
  const n = rowsPerBlock(6) + 1000
  const d = 3
  const data = await dataset('gaussian', { samples: n, dimension: d, conditionNumber: 100 })
  const times = [0, 0.3, 0.8, 1]
  const found = await streamedPathCondition(data, times, { seed: 5 })
  expect(await streamedPathCondition(blocksOf(data), times, { seed: 5 })).toEqual(found)
  expect(await streamedPathCondition(data, times, { seed: 6 })).not.toEqual(found)
  const spectrum = measuredCondition(data.samples, { delta: 0 }).eigenvalues
  pathConditions(spectrum, times).forEach(({ kappa }, i) => {
    expect(found[i].kappa / kappa).toBeGreaterThan(0.9)
    expect(found[i].kappa / kappa).toBeLessThan(1.1)
  })
  expect(found[3].kappa / measuredCondition(data.samples).kappa).toBeCloseTo(1, 9)
  await expect(streamedPathCondition(data, [-0.1])).rejects.toThrow('expected 0 <= t <= 1')
})

test('a cross-covariance of data with its noise is in the path', async () => {
  const whole = await dataset('gaussian', { samples: 40, dimension: 2 })
  const noise = randomStream(3).split('path/noise').normal(80)
  const times = [0.2, 0.5, 0.9]
  const expected = measuredPathCondition(ndarray(noise, [40, 2]), whole.samples, times)
  const found = await streamedPathCondition(whole, times, { seed: 3 })
  found.forEach(({ kappa }, i) => expect(kappa / expected[i].kappa).toBeCloseTo(1, 9))
})

const labelled = async (): Promise<Dataset> =>
  dataset('mixture', { samples: 900, components: 3, dimension: 4, conditionNumber: 200 })

test('by class: each is what its own samples give, in any order of the samples', async () => {
  const data = await labelled()
  const labels = data.labels ?? new Int32Array()
  const times = [0, 0.5, 1]
  const { classes, worst } = await conditionByClass(data, times, { delta: 1e-4 })
  expect(classes.map(({ label }) => label)).toEqual([0, 1, 2])
  expect(classes.reduce((sum, { count }) => sum + count, 0)).toBe(900)
  for (const { label, count, spectrum, path, worst: own } of classes) {
    const members = select(
      data,
      Array.from(labels.keys()).filter((i) => labels[i] === label),
    )
    expect(count).toBe(members.samples.shape[0])
    const alone = measuredCondition(members.samples, { delta: 0 }).eigenvalues
    spectrum.forEach((value, j) => expect(value / alone[j]).toBeCloseTo(1, 9))
    path.forEach((point, i) =>
      expect(point.kappa / pathConditions(alone, times, { delta: 1e-4 })[i].kappa).toBeCloseTo(1, 9),
    )
    expect(own.kappa).toBe(Math.max(...path.map(({ kappa }) => kappa)))
  }
  expect(worst.worst.kappa).toBe(Math.max(...classes.map((one) => one.worst.kappa)))
  const order = randomStream(1).permutation(900)
  const shuffled = await conditionByClass(blocksOf(select(data, order)), times, { delta: 1e-4 })
  shuffled.classes.forEach(({ path }, k) =>
    path.forEach(({ kappa }, i) => expect(kappa / classes[k].path[i].kappa).toBeCloseTo(1, 9)),
  )
})

test('by class: no labels, an empty class and a class of one sample are refused by name', async () => {
  const data = await labelled()
  const labels = data.labels ?? new Int32Array()
  const bare = { name: data.name, samples: data.samples }
  await expect(conditionByClass(bare, [1])).rejects.toThrow('mixture has no labels')
  await expect(conditionByClass({ ...data, classes: 4 }, [1])).rejects.toThrow(
    'mixture: class 3 has no samples',
  )
  const lonely = labels.map((label, i) => (i === 7 ? 1 : label === 1 ? 0 : label))
  await expect(conditionByClass({ ...data, labels: lonely }, [1])).rejects.toThrow(
    'mixture: class 1 has 1 sample, expected at least 2 of each of 0..',
  )
  await expect(conditionByClass(data, [2])).rejects.toThrow('expected 0 <= t <= 1')
  await expect(conditionByClass(data, [1], { delta: -1 })).rejects.toThrow('got delta -1')
})

test('gradient descent with the best step needs no more steps than Eq. 17 allows', () => {
  for (const kappa of [1, 2, 30, 1000]) {
    const steps = Math.ceil(gradientDescentSteps(kappa, 1e-3))
    expect(((kappa - 1) / (kappa + 1)) ** steps).toBeLessThanOrEqual(1e-3)
  }
  expect(() => gradientDescentSteps(0.5, 0.1)).toThrow('expected kappa >= 1')
})

test('effective rank counts directions', () => {
  expect(effectiveRank([2, 2, 2, 0])).toBeCloseTo(3, 12)
  expect(effectiveRank([5])).toBe(1)
  expect(effectiveRank([0, 0])).toBe(0)
})

test('low-eigenvalue recovery: exact on the data itself, 1 on collapse, the factor on scaling', () => {
  const real = moved(cloud(500, 8, 4, 0, [8, 7, 6, 5, 4, 3, 0.2, 0.1]), 5)
  const same = lowEigenvalueRecovery(real, real)
  expect(same.eigenvalues).toHaveLength(2)
  expect(same.relativeError).toBeCloseTo(0, 9)
  expect(same.smallestEigenvalueRatio).toBeCloseTo(1, 9)
  const collapsed = lowEigenvalueRecovery(real, ndarray(new Float32Array(80), [10, 8]))
  expect(collapsed.relativeError).toBeCloseTo(1, 12)
  expect(collapsed.smallestEigenvalueRatio).toBe(0)
  const tripled = ndarray(
    real.data.map((value) => 3 * value),
    real.shape,
  )
  expect(lowEigenvalueRecovery(real, tripled).relativeError).toBeCloseTo(8, 9)
  expect(lowEigenvalueRecovery(real, tripled, { fraction: 1 }).smallestEigenvalueRatio).toBeCloseTo(9, 9)
})

test('low-eigenvalue recovery leaves directions without variance out, and says how many', () => {
  const narrow = cloud(100, 4, 6, 0, [3, 2, 1, 0])
  const found = lowEigenvalueRecovery(narrow, cloud(100, 4, 7))
  expect(found.skipped).toBe(1)
  expect(found.eigenvalues).toHaveLength(1)
  expect(() => lowEigenvalueRecovery(narrow, narrow, { fraction: 0 })).toThrow('got fraction 0')
  const constant = ndarray(new Float32Array(8), [4, 2])
  expect(() => lowEigenvalueRecovery(constant, constant)).toThrow('real samples are all the same')
})
