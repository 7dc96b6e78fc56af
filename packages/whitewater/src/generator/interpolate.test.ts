import { ndarray, randomStream } from '@whitewater/tensor'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataset } from '../data/registry.ts'
import { mlp } from '../nn/networks/mlp.ts'
import { preconditioner } from '../precondition/registry.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import type { Generator } from './generator.ts'
import { interpolate, inversionError, slerp } from './interpolate.ts'
import { train } from './testing.ts'

const cpu = { device: 'cpu', threads: 1 } as const
const base = {
  engine: cpu,
  steps: 300,
  batch: 64,
  field: mlp({ width: 32, depth: 2 }),
  preconditioner: preconditioner('zca'),
}
const fine = { method: 'rk4', steps: 60 }

const lengthOf = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x))
const rows = ({ data, shape: [, d] }: Samples, at: readonly number[]): Samples =>
  ndarray(Float32Array.from(at.flatMap((i) => [...data.subarray(i * d, (i + 1) * d)])), [at.length, d])

describe('slerp', () => {
  const vectors = fc.tuple(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 0, max: 1e6 }))

  it('has the ends, turns evenly and changes its length evenly', () => {
    fc.assert(
      fc.property(vectors, ([d, seed]) => {
        const noise = randomStream(seed).normal(2 * d)
        const a = noise.subarray(0, d)
        const b = noise.subarray(d)
        slerp(a, b, 0).forEach((value, k) => expect(value).toBeCloseTo(a[k], 5))
        slerp(a, b, 1).forEach((value, k) => expect(value).toBeCloseTo(b[k], 5))
        const points = [0, 0.25, 0.5, 0.75, 1].map((share) => slerp(a, b, share))
        points.forEach((point, k) =>
          expect(lengthOf(point)).toBeCloseTo(lengthOf(a) + (k / 4) * (lengthOf(b) - lengthOf(a)), 4),
        )
        const cosine = (x: Float32Array, y: Float32Array) =>
          x.reduce((sum, value, k) => sum + value * y[k], 0) / lengthOf(x) / lengthOf(y)
        const turns = points.slice(1).map((point, k) => cosine(points[k], point))
        turns.forEach((turn) => expect(turn).toBeCloseTo(turns[0], 4))
      }),
    )
  })

  it('goes straight where there is nothing to turn', () => {
    expect(Array.from(slerp([1, 2], [2, 4], 0.5))).toEqual([1.5, 3])
    expect(Array.from(slerp([1, 0], [-1, 0], 0.25))).toEqual([0.5, 0])
    expect(Array.from(slerp([0, 0], [1, 1], 0.5))).toEqual([0.5, 0.5])
  })

  it('keeps noise of many dimensions as long as noise is; a straight line does not', () => {
    const d = 400
    const noise = randomStream(1).normal(2 * d)
    const a = noise.subarray(0, d)
    const b = noise.subarray(d)
    expect(lengthOf(slerp(a, b, 0.5)) / Math.sqrt(d)).toBeCloseTo(1, 1)
    expect(lengthOf(a.map((value, k) => (value + b[k]) / 2)) / Math.sqrt(d)).toBeCloseTo(Math.SQRT1_2, 1)
  })
})

describe('on a trained generator', () => {
  let plain: Generator
  let labelled: Generator
  let points: Samples
  let classes: Int32Array

  beforeAll(async () => {
    const data = await dataset('mixture', { samples: 600, components: 3, conditionNumber: 4 })
    points = data.samples
    classes = data.labels ?? new Int32Array(0)
    plain = await train({ ...base, data: { ...data, labels: undefined, classes: undefined } })
    labelled = await train({ ...base, data })
  })
  afterAll(async () => {
    for (const generator of [plain, labelled]) await generator.dispose()
  })

  it('data -> noise -> data comes home, nearer the finer the solver', async () => {
    const x = rows(
      points,
      Array.from({ length: 100 }, (_, i) => i),
    )
    const coarse = await inversionError(plain, x, { method: 'heun', steps: 5 })
    const middle = await inversionError(plain, x, { method: 'heun', steps: 20 })
    expect(middle).toBeLessThan(coarse / 4)
    expect(await inversionError(plain, x, fine)).toBeLessThan(1e-4)
    const labels = classes.subarray(0, 100)
    expect(await inversionError(labelled, x, { ...fine, labels })).toBeLessThan(1e-4)
  })

  it('goes from one end to the other in even turns of the noise, each class within itself', async () => {
    const zeros = [...classes.keys()].filter((i) => classes[i] === 0).slice(0, 6)
    const a = rows(points, zeros.slice(0, 3))
    const b = rows(points, zeros.slice(3))
    const options = { ...fine, labels: new Int32Array(3) }
    const path = await interpolate(labelled, a, b, { ...options, count: 5 })
    expect(path.shape).toEqual([3, 5, 2])
    const at = (k: number): Samples =>
      ndarray(
        Float32Array.from(
          [0, 1, 2].flatMap((i) => [...path.data.subarray((5 * i + k) * 2, (5 * i + k + 1) * 2)]),
        ),
        [3, 2],
      )
    at(0).data.forEach((value, k) => expect(value).toBeCloseTo(a.data[k], 2))
    at(4).data.forEach((value, k) => expect(value).toBeCloseTo(b.data[k], 2))
    const [from, to, middle] = await Promise.all([a, b, at(2)].map((x) => labelled.encode(x, options)))
    for (let i = 0; i < 3; i++) {
      const part = ({ data }: Samples) => data.subarray(2 * i, 2 * i + 2)
      slerp(part(from), part(to), 0.5).forEach((value, k) => expect(part(middle)[k]).toBeCloseTo(value, 2))
    }
  })

  it('one line says what is wrong', async () => {
    const a = rows(points, [0, 1])
    const b = rows(points, [2])
    await expect(interpolate(plain, a, b)).rejects.toThrow(
      'got ends of shape [2, 2] and [1, 2], expected pairs',
    )
    await expect(interpolate(plain, a, a, { count: 1 })).rejects.toThrow('got 1 points')
    await expect(interpolate(labelled, a, a)).rejects.toThrow('was trained with labels')
    await expect(inversionError(plain, a, { labels: classes.subarray(0, 2) })).rejects.toThrow(
      'trained without labels',
    )
    const components = new Int32Array(2).fill(3)
    await expect(labelled.decode(a, { components })).rejects.toThrow(
      'got label 3 at index 0, expected one label in 0..2',
    )
    await expect(labelled.decode(a, { components, labels: components })).rejects.toThrow(
      'got labels and components',
    )
  })
})

describe('with components of the preconditioner', () => {
  it('samples keep their component on the way home; pairs across two are refused', async () => {
    const data = await dataset('mixture', { samples: 600, components: 2, conditionNumber: 9 })
    const mixture = preconditioner('mixture-zca', { components: 2 })
    const generator = await train({
      ...base,
      data: { ...data, labels: undefined, classes: undefined },
      preconditioner: mixture,
    })
    const x = rows(
      data.samples,
      Array.from({ length: 60 }, (_, i) => i),
    )
    expect(await inversionError(generator, x, fine)).toBeLessThan(1e-3)
    const own = (await generator.labelsOf(x)) ?? new Int32Array(0)
    const zero = own.indexOf(0)
    const one = own.indexOf(1)
    await expect(interpolate(generator, rows(x, [zero]), rows(x, [one]))).rejects.toThrow(
      /ends of pair 0 lie in different components of 'mixture-zca'/,
    )
    await generator.dispose()
  })
})
