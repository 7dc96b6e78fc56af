// The training side of the room: path, objective, time sampling and guidance.
import {
  add,
  cast,
  cos,
  evaluate,
  mul,
  constant,
  randomStream,
  scalar,
  sin,
  type Tensor,
} from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { perSample, type Field } from './field.ts'
import { guidedField } from './guidance.ts'
import { dropLabels, flowMatchingLoss } from './objective.ts'
import { conditionalVelocity, linearPath, pointOnPath, type Path } from './path.ts'
import { logitNormalTime, uniformTime } from './time.ts'

const normals = (seed: number, shape: number[]): Tensor =>
  constant(randomStream(seed).normal(shape.reduce((size, extent) => size * extent, 1)), shape)

const valueOf = async (value: Tensor): Promise<number[]> =>
  Array.from((await evaluate({ value })).value, Number)

/** A second path, to show that the record allows curved ones. */
const circularPath: Path = {
  name: 'circular',
  alpha: (t) => sin(mul(t, Math.PI / 2)),
  sigma: (t) => cos(mul(t, Math.PI / 2)),
  alphaRate: (t) => mul(cos(mul(t, Math.PI / 2)), Math.PI / 2),
  sigmaRate: (t) => mul(sin(mul(t, Math.PI / 2)), -Math.PI / 2),
}

describe('path', () => {
  const x0 = normals(1, [4, 2, 3])
  const x1 = normals(2, [4, 2, 3])

  test.each([linearPath, circularPath])('$name runs from x0 to x1', async (path) => {
    const [start, end] = [0, 1].map((t) => constant(new Float32Array(4).fill(t)))
    const atStart = await valueOf(pointOnPath(path, x0, x1, start))
    const atEnd = await valueOf(pointOnPath(path, x0, x1, end))
    const expectedStart = await valueOf(add(x0, 0))
    const expectedEnd = await valueOf(add(x1, 0))
    atStart.forEach((value, i) => expect(value).toBeCloseTo(expectedStart[i], 5))
    atEnd.forEach((value, i) => expect(value).toBeCloseTo(expectedEnd[i], 5))
  })

  test.each([linearPath, circularPath])(
    '$name: the velocity is the derivative of the point',
    async (path) => {
      const step = 1e-2
      const at = (shift: number) => constant(Float32Array.of(0.1, 0.3, 0.6, 0.9).map((t) => t + shift))
      const [before, after] = [-step, step].map((shift) => pointOnPath(path, x0, x1, at(shift)))
      const slopes = (await valueOf(add(after, mul(before, -1)))).map((change) => change / (2 * step))
      const velocity = await valueOf(conditionalVelocity(path, x0, x1, at(0)))
      velocity.forEach((value, i) => expect(value).toBeCloseTo(slopes[i], 2))
    },
  )
})

describe('objective', () => {
  const x0 = normals(1, [4, 2, 3])
  const x1 = normals(2, [4, 2, 3])
  const t = constant(randomStream(5).uniform(4))

  test('is zero for the conditional velocity and the mean square for a field of zeros', async () => {
    const velocity = conditionalVelocity(linearPath, x0, x1, t)
    const [zero] = await valueOf(flowMatchingLoss(() => velocity, linearPath, { x0, x1, t }))
    expect(zero).toBe(0)
    const [loss] = await valueOf(flowMatchingLoss((x) => mul(x, 0), linearPath, { x0, x1, t }))
    const u = await valueOf(velocity)
    expect(loss).toBeCloseTo(u.reduce((sum, value) => sum + value ** 2, 0) / u.length, 5)
  })

  test('labels become the null class as often as asked for, and keep their class otherwise', async () => {
    const count = 20_000
    const uniforms = constant(randomStream(7).uniform(count))
    const given = randomStream(8).integers(count, 10)
    const kept = await valueOf(dropLabels(constant(given), { uniforms, probability: 0.1, classes: 10 }))
    const dropped = kept.filter((label) => label === 10).length
    // Four standard deviations of a binomial.
    expect(Math.abs(dropped / count - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / count))
    kept.forEach((label, i) => expect(label === 10 || label === given[i]).toBe(true))
    const labels = constant(given)
    expect(dropLabels(labels, { uniforms, probability: 0, classes: 10 })).toBe(labels)
  })

  test('the loss gives the field the labels that are left', async () => {
    const labels = constant(Int32Array.of(0, 1, 2, 0))
    const field: Field = (x, _, kept) => (kept ? add(mul(x, 0), perSample(cast(kept, 'float32'), x)) : x)
    const drop = { uniforms: constant(new Float32Array(4)), probability: 1, classes: 3 }
    const zeros = mul(x0, 0)
    const [loss] = await valueOf(
      flowMatchingLoss(field, linearPath, { x0: zeros, x1: zeros, t, labels, drop }),
    )
    expect(loss).toBe(9)
  })

  test('errors', () => {
    const drop = { uniforms: t, probability: 0.1, classes: 3 }
    expect(() => flowMatchingLoss((x) => x, linearPath, { x0, x1, t, drop })).toThrow('none are given')
    expect(() => dropLabels(t, { ...drop, probability: 2 })).toThrow('probability is 2')
  })
})

describe('time', () => {
  test('uniform times have the moments of the uniform distribution', () => {
    const times = uniformTime.sample(randomStream(1), 20_000)
    const mean = times.reduce((sum, t) => sum + t, 0) / times.length
    expect(times.every((t) => t >= 0 && t < 1)).toBe(true)
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / times.length))
  })

  test('logit-normal times have normal logits and repeat with their stream', () => {
    const sampling = logitNormalTime({ mean: -0.5, std: 0.8 })
    const times = sampling.sample(randomStream(1), 20_000)
    expect(sampling.sample(randomStream(1), 20_000)).toEqual(times)
    const logits = Array.from(times, (t) => Math.log(t / (1 - t)))
    const mean = logits.reduce((sum, z) => sum + z, 0) / logits.length
    const variance = logits.reduce((sum, z) => sum + (z - mean) ** 2, 0) / logits.length
    expect(Math.abs(mean + 0.5)).toBeLessThan(4 * (0.8 / Math.sqrt(times.length)))
    expect(variance).toBeCloseTo(0.64, 1)
    expect(() => logitNormalTime({ std: 0 })).toThrow('expected a finite mean and a positive std')
  })
})

describe('guidance', () => {
  const classes = 3
  /** v = x (1 + label) + t: linear in the label, so that every combination is known. */
  const field: Field = (x, t, labels) =>
    labels ? add(mul(x, perSample(add(cast(labels, 'float32'), 1), x)), perSample(t, x)) : x
  const x = normals(4, [3, 2])
  const t = constant(Float32Array.of(0.1, 0.5, 0.9))
  const labels = constant(Int32Array.of(0, 1, 2))

  test.each([0.5, 2, -1])('w = %s gives (1 + w) c - w u', async (weight) => {
    const none = constant(new Int32Array(3).fill(classes))
    const c = await valueOf(field(x, t, labels))
    const u = await valueOf(field(x, t, none))
    for (const given of [weight, scalar(weight)]) {
      const guided = await valueOf(guidedField(field, { weight: given, classes })(x, t, labels))
      guided.forEach((value, i) => expect(value).toBeCloseTo((1 + weight) * c[i] - weight * u[i], 4))
    }
  })

  test('evaluates once, on a doubled batch, and w = 0 is the field itself', () => {
    const batches: number[] = []
    const counting: Field = (...given) => {
      batches.push(given[0].shape[0])
      return field(...given)
    }
    guidedField(counting, { weight: 1, classes })(x, t, labels)
    expect(batches).toEqual([6])
    expect(guidedField(field, { weight: 0, classes })).toBe(field)
  })

  test('needs labels', () => {
    expect(() => guidedField(field, { weight: 1, classes })(x, t)).toThrow('guidance needs labels')
  })
})
