// Predictions: every one becomes every other and back, on every path; the exact Gaussian posterior satisfies them all.
import { constant, evaluate, randomStream, type Tensor } from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import type { Field } from './field.ts'
import { linearPath, pointOnPath } from './path.ts'
import { cosinePath, polynomialPath, vpPath } from './paths.ts'
import {
  convertPrediction,
  dataPrediction,
  noisePrediction,
  predictionError,
  predictionKinds,
  predictionNamed,
  predictionTarget,
  scoreOfVelocity,
  scorePrediction,
  velocityField,
  velocityOfPrediction,
  velocityPrediction,
} from './prediction.ts'
import { exactField, posterior } from './testing/gaussian.ts'

const paths = [linearPath, cosinePath, vpPath(), polynomialPath({ power: 2 }), polynomialPath({ power: 1.5 })]
const predictions = [velocityPrediction, dataPrediction, noisePrediction, scorePrediction]
const gaussian = { mean: [1, -2, 0.5], variances: [4, 0.04, 1] }

const normals = (seed: number, rows: number) =>
  constant(Float64Array.from(randomStream(seed).normal(rows * 3)), [rows, 3])
const times = [0.02, 0.3, 0.5, 0.77, 0.98]
const t = constant(Float64Array.from(times))
const x0 = normals(1, times.length)
const x1 = normals(2, times.length)

/** The largest difference between tensors, relative to the size of the expected ones, pair by pair. */
async function differences(pairs: Record<string, readonly [Tensor, Tensor]>): Promise<[string, number][]> {
  const flat = Object.entries(pairs).flatMap(([name, [a, b]]) => [
    [`${name} a`, a] as const,
    [`${name} b`, b] as const,
  ])
  const values = await evaluate(Object.fromEntries(flat))
  return Object.keys(pairs).map((name) => {
    const a = Array.from(values[`${name} a`], Number)
    const b = Array.from(values[`${name} b`], Number)
    const size = Math.max(...b.map(Math.abs))
    return [name, Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / size]
  })
}

const expectEqual = async (pairs: Record<string, readonly [Tensor, Tensor]>, tolerance = 1e-10) => {
  for (const [name, difference] of await differences(pairs))
    expect([name, difference < tolerance]).toEqual([name, true])
}

const everyPair = predictions.flatMap((from) => predictions.map((to) => ({ from, to })))

describe.each(paths)('$name', (path) => {
  const x = pointOnPath(path, x0, x1, t)

  test('what is to be predicted converts into what else is to be predicted, and back', async () => {
    const target = (one: (typeof predictions)[number]) => predictionTarget(one, path, x0, x1, t)
    const pairs = everyPair.flatMap(({ from, to }) => {
      const converted = convertPrediction(path, { from, to }, { p: target(from), x, t })
      const back = convertPrediction(path, { from: to, to: from }, { p: converted, x, t })
      const name = `${from.name} to ${to.name}`
      return [[name, [converted, target(to)]] as const, [`${name} and back`, [back, target(from)]] as const]
    })
    await expectEqual(Object.fromEntries(pairs))
  })

  test('the exact Gaussian posterior satisfies all of them', async () => {
    const known = posterior(gaussian, path, x, t)
    const of = (name: string) => known[name as keyof typeof known]
    const pairs = everyPair.map(({ from, to }) => {
      const converted = convertPrediction(path, { from, to }, { p: of(from.name), x, t })
      return [`${from.name} to ${to.name}`, [converted, of(to.name)]] as const
    })
    await expectEqual({
      ...Object.fromEntries(pairs),
      score: [scoreOfVelocity(path, known.velocity, x, t), known.score],
      velocity: [velocityOfPrediction(path, scorePrediction, { p: known.score, x, t }), known.velocity],
    })
  })

  test('the error is zero at the target, and errors of two predictions are one and the same error', async () => {
    const other = normals(3, times.length)
    const errors = predictions.map((prediction) => {
      const p = convertPrediction(path, { from: dataPrediction, to: prediction }, { p: other, x, t })
      return { prediction, p, error: predictionError(prediction, path, { p, x0, x1, t }) }
    })
    const values = await evaluate({
      ...Object.fromEntries(
        predictions.map((prediction) => [
          prediction.name,
          predictionError(prediction, path, { p: predictionTarget(prediction, path, x0, x1, t), x0, x1, t }),
        ]),
      ),
    })
    Object.values(values).forEach((data) =>
      Array.from(data, Number).forEach((value) => expect(value).toBeCloseTo(0, 12)),
    )
    // sigma s + x0 is x0 - x0^: the score's loss is the noise's (Song et al. 2021, with weight sigma^2).
    const [noise, score] = [2, 3].map((i) => errors[i].error)
    const { a, b } = await evaluate({ a: noise, b: score })
    Array.from(a, Number).forEach((value, i) => expect(value).toBeCloseTo(-Number(b[i]), 10))
  })

  test('a network of any kind is a velocity field, at the ends as well', async () => {
    const everywhere = [0, 0.005, 0.3, 0.995, 1]
    const when = constant(Float64Array.from(everywhere))
    const known = exactField(gaussian, path)
    for (const prediction of predictions) {
      const network = exactField(gaussian, path, prediction.name as keyof ReturnType<typeof posterior>)
      const field = velocityField(network, path, prediction, { margin: 0.01 })
      const { v } = await evaluate({ v: field(x0, when) })
      expect(Array.from(v, Number).every(Number.isFinite)).toBe(true)
      // In its margin a field has the velocity at the margin.
      const { noise, data } = { noise: [0.01, 0.01, 0.3, 0.995, 1], data: [0, 0.005, 0.3, 0.99, 0.99] }
      const used = { noise, data, none: everywhere }[prediction.silentAt ?? 'none']
      const { e } = await evaluate({ e: known(x0, constant(Float64Array.from(used))) })
      v.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(e[i]), 8))
    }
  })
})

test('a velocity network is the field itself, and the network sees the time that its velocity is taken at', () => {
  const seen: Tensor[] = []
  const network: Field = (x, at) => {
    seen.push(at)
    return x
  }
  expect(velocityField(network, linearPath, velocityPrediction)).toBe(network)
  velocityField(network, linearPath, dataPrediction)(x0, t)
  expect(seen[0]).not.toBe(t)
  expect(() => velocityField(network, linearPath, dataPrediction, { margin: 0 })).toThrow('the margin is 0')
})

test('predictions by name', () => {
  expect(predictionKinds).toEqual(['velocity', 'data', 'noise', 'score'])
  expect(predictionNamed('score')).toBe(scorePrediction)
  expect(() => predictionNamed('velocty')).toThrow("unknown prediction 'velocty': did you mean 'velocity'?")
})
