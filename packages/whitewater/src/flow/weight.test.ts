// Loss weights: each against what its paper states, and one and the same loss whatever the network predicts.
import {
  add,
  constant,
  evaluate,
  mean,
  mul,
  randomStream,
  square,
  sub,
  type Tensor,
} from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { conditionalVelocity, linearPath, pointOnPath } from './path.ts'
import { cosinePath, polynomialPath, vpPath } from './paths.ts'
import { flowMatchingLoss, matchingLoss } from './objective.ts'
import {
  convertPrediction,
  dataPrediction,
  noisePrediction,
  predictionKinds,
  predictionNamed,
  scorePrediction,
  velocityPrediction,
} from './prediction.ts'
import { lossWeightKinds, lossWeightNamed, minSnrWeight, uniformWeight } from './weight.ts'

const paths = [linearPath, cosinePath, vpPath(), polynomialPath()]
const rows = 6
const normals = (seed: number) => constant(Float64Array.from(randomStream(seed).normal(rows * 2)), [rows, 2])
const [x0, x1, guess] = [1, 2, 3].map(normals)
const times = [0.01, 0.1, 0.35, 0.6, 0.9, 0.99]
const t = constant(Float64Array.from(times))

const numbersOf = async (value: Tensor): Promise<number[]> =>
  Array.from((await evaluate({ value })).value, Number)

const dataWeights: Record<string, (snr: number) => number> = {
  snr: (snr) => snr,
  'truncated-snr': (snr) => Math.max(snr, 1),
  'min-snr': (snr) => Math.min(snr, 5),
  // (s^2 + d^2) / (s d)^2 with s^2 = 1 / snr and d = 1.
  edm: (snr) => (1 / snr + 1) * snr,
}

describe.each(paths)('$name', (path) => {
  test.each(Object.entries(dataWeights))(
    '%s is the published weight of the data error',
    async (kind, published) => {
      const at = lossWeightNamed({ kind }).at(path, dataPrediction, t)
      const values = await numbersOf(add(mul(t, 0), at))
      const alpha = await numbersOf(add(mul(t, 0), path.alpha(t)))
      const sigma = await numbersOf(add(mul(t, 0), path.sigma(t)))
      values.forEach((value, i) => expect(value / published((alpha[i] / sigma[i]) ** 2)).toBeCloseTo(1, 8))
    },
  )

  test('sigmoid is the published weight of the noise error: the bound, d log SNR / dt / 2, faded', async () => {
    const values = await numbersOf(
      add(mul(t, 0), lossWeightNamed({ kind: 'sigmoid', bias: -1 }).at(path, noisePrediction, t)),
    )
    const logSnr = async (shift: number) => {
      const at = add(t, shift)
      const alpha = await numbersOf(add(mul(at, 0), path.alpha(at)))
      const sigma = await numbersOf(add(mul(at, 0), path.sigma(at)))
      return alpha.map((value, i) => 2 * Math.log(value / sigma[i]))
    }
    const before = await logSnr(-1e-6)
    const here = await logSnr(0)
    const after = await logSnr(1e-6)
    values.forEach((value, i) => {
      const rate = (after[i] - before[i]) / 2e-6
      const published = (rate / 2) * (1 / (1 + Math.exp(here[i] + 1)))
      expect(value / published).toBeCloseTo(1, 5)
    })
  })

  test.each(lossWeightKinds.filter((kind) => kind !== 'uniform'))(
    '%s gives every prediction the same loss',
    async (kind) => {
      const weight = lossWeightNamed({ kind })
      const x = pointOnPath(path, x0, x1, t)
      const losses = predictionKinds.map((name) => {
        const prediction = predictionNamed(name)
        const p = convertPrediction(path, { from: dataPrediction, to: prediction }, { p: guess, x, t })
        return matchingLoss(() => p, { path, prediction, weight }, { x0, x1, t })
      })
      const values = await evaluate(Object.fromEntries(losses.map((loss, i) => [predictionKinds[i], loss])))
      for (const name of predictionKinds)
        expect(Number(values[name][0]) / Number(values.data[0])).toBeCloseTo(1, 8)
    },
  )
})

test('every weight is finite at both ends of every path for every prediction', async () => {
  const ends = constant(Float32Array.of(0, 1))
  for (const path of paths) {
    const all = lossWeightKinds.flatMap((kind) =>
      predictionKinds.map((name) => {
        const at = lossWeightNamed({ kind }).at(path, predictionNamed(name), ends)
        return [`${kind} ${name}`, add(mul(ends, 0), at)] as const
      }),
    )
    const values = await evaluate(Object.fromEntries(all))
    for (const [name, data] of Object.entries(values))
      expect([name, Array.from(data, Number).every((w) => w >= 0 && w < Infinity)]).toEqual([name, true])
  }
})

describe('objective', () => {
  const single = (x: number) => constant(randomStream(x).normal(rows * 2), [rows, 2])
  const y0 = single(1)
  const y1 = single(2)
  const at = constant(Float32Array.from(times))

  test('velocity with uniform weight is flow matching, bit for bit', async () => {
    for (const path of [linearPath, cosinePath]) {
      const field = (x: Tensor) => mul(x, 0.3)
      const plain = mean(
        square(sub(field(pointOnPath(path, y0, y1, at)), conditionalVelocity(path, y0, y1, at))),
      )
      const batch = { x0: y0, x1: y1, t: at }
      const matching = { path, prediction: velocityPrediction, weight: uniformWeight }
      const { a, b, c } = await evaluate({
        a: plain,
        b: flowMatchingLoss(field, path, batch),
        c: matchingLoss(field, matching, batch),
      })
      expect([b[0], c[0]]).toEqual([a[0], a[0]])
    }
  })

  test('the loss of the score is that of the noise, finite at the data', async () => {
    const ends = constant(new Float32Array(rows).fill(1))
    const batch = { x0: y0, x1: y1, t: ends }
    const [score] = await numbersOf(
      matchingLoss((x) => x, { path: linearPath, prediction: scorePrediction }, batch),
    )
    const [noise] = await numbersOf(mean(square(y0)))
    expect(score).toBeCloseTo(noise, 6)
  })

  test('the error can be put into other units, before it is squared and weighed', async () => {
    const batch = { x0: y0, x1: y1, t: at, labels: constant(new Int32Array(rows)) }
    const given: unknown[] = []
    const weigh = (error: Tensor, when: Tensor, labels?: Tensor) => {
      given.push(when, labels)
      return mul(error, 3)
    }
    const matching = { path: linearPath, prediction: velocityPrediction }
    const [plain] = await numbersOf(matchingLoss((x) => x, matching, batch))
    const [weighed] = await numbersOf(matchingLoss((x) => x, { ...matching, weigh }, batch))
    expect(weighed / plain).toBeCloseTo(9, 5)
    expect(given).toEqual([at, batch.labels])
  })
})

test('weights by name', () => {
  expect(lossWeightKinds).toEqual([
    'uniform',
    'snr',
    'velocity',
    'truncated-snr',
    'min-snr',
    'edm',
    'sigmoid',
  ])
  expect(lossWeightNamed({ kind: 'uniform' })).toBe(uniformWeight)
  expect(lossWeightNamed({ kind: 'min-snr', gamma: 4 }).name).toBe(minSnrWeight({ gamma: 4 }).name)
  expect(() => lossWeightNamed({ kind: 'minsnr' })).toThrow("did you mean 'min-snr'?")
  expect(() => lossWeightNamed({ kind: 'min-snr', gamma: 0 })).toThrow('min-snr: gamma is 0')
})
