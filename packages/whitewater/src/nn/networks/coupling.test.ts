import {
  add,
  concat,
  evaluate,
  fromArray,
  gradient,
  input,
  mean,
  mul,
  ndarray,
  neg,
  randomStream,
  reshape,
  sizeOf,
  sliceAxis,
  square,
  sub,
  sum,
  type NdArray,
  type Tensor,
} from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import { goldenJson, goldenNote, goldenTensors, haveGoldens } from '../../linalg/testing/goldens.ts'
import { bound, countParameters, declare, initialWeights, namedParts } from '../scope.ts'
import { constantWeights } from '../weights.ts'
import { columns } from './coupling-columns.ts'
import { mlpConditioner, type ConditionerOptions } from './coupling-conditioner.ts'
import { couplingMasks, maskKinds } from './coupling-masks.ts'
import { couple, uncouple, type Couplings } from './coupling.ts'

const numbers = async (tensors: Record<string, Tensor>): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    Object.entries(await evaluate(tensors)).map(([name, data]) => [name, Array.from(data, Number)]),
  )

const furthest = (a: readonly number[], b: ArrayLike<number>): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)

const noise = (seed: number, shape: readonly number[]): NdArray<Float32Array> =>
  ndarray(randomStream(seed).normal(sizeOf(shape)), shape)

/** log |det A| by elimination with pivots. */
function logAbsDet(rows: readonly (readonly number[])[]): number {
  const left = rows.map((row) => [...row])
  let result = 0
  for (let k = 0; k < left.length; k++) {
    const pivot = left
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(left[best][k]) ? k + i : best), k)
    ;[left[k], left[pivot]] = [left[pivot], left[k]]
    result += Math.log(Math.abs(left[k][k]))
    for (let i = k + 1; i < left.length; i++) {
      const factor = left[i][k] / left[k][k]
      left[i] = left[i].map((value, j) => value - factor * left[k][j])
    }
  }
  return result
}

const small: ConditionerOptions = { width: 16, depth: 2, activation: 'silu', clamp: 2 }
const labels = fromArray(ndarray(Int32Array.of(2, 0, 1), [3]))

describe.each(maskKinds)('couplings with %s masks', (kind) => {
  it.each([
    { options: small, condition: undefined },
    { options: { ...small, separate: true }, condition: { labels, classes: 3 } },
  ])('come back, and know the determinant of their Jacobian', async ({ options, condition }) => {
    const features = [2, 2, 3]
    const size = sizeOf(features)
    const masks = couplingMasks(kind, features, 5, randomStream(3))
    const couplings = { count: 5, masks, conditioner: mlpConditioner(options, condition) }
    const p = randomWeights(couplings, size)
    const start = noise(9, [3, size])
    const x = fromArray(start)
    const { y, logDet } = couple(p, x, couplings)
    const back = uncouple(p, y, couplings)
    const rows = Array.from({ length: size }, (_, j) => gradient(sum(sliceAxis(y, 1, j, 1)), [x])[0])
    const result = await numbers({ y, back: back.y, logDet, backDet: back.logDet, jacobian: concat(rows) })
    expect(furthest(result.y, start.data)).toBeGreaterThan(0.5)
    expect(furthest(result.back, start.data)).toBeLessThan(1e-5)
    for (let sample = 0; sample < 3; sample++) {
      const jacobian = Array.from({ length: size }, (_, j) => {
        const at = (j * 3 + sample) * size
        return result.jacobian.slice(at, at + size)
      })
      expect(Math.abs(result.logDet[sample] - logAbsDet(jacobian))).toBeLessThan(1e-4)
      expect(Math.abs(result.backDet[sample] + result.logDet[sample])).toBeLessThan(1e-5)
    }
  })
})

describe('couplings', () => {
  it('start at the identity', async () => {
    const couplings = {
      count: 3,
      masks: couplingMasks('halves', [5], 3, randomStream(0)),
      conditioner: mlpConditioner(small),
    }
    const { parameters } = declare((p) => couple(p, input('x', [1, 5]), couplings).y)
    const flat = initialWeights(parameters, randomStream(1))
    const x = noise(2, [4, 5])
    const { y, logDet } = couple(constantWeights(namedParts(parameters, flat)), fromArray(x), couplings)
    const result = await numbers({ y, logDet })
    expect(result.y).toEqual([...x.data])
    expect(result.logDet).toEqual([0, 0, 0, 0])
  })

  it('have the gradient, and its gradient, of central differences', async () => {
    const conditioner = mlpConditioner({ ...small, clamp: 0.7, reach: 1.5 })
    const masks = couplingMasks('halves', [4], 3, randomStream(0))
    const couplings = { count: 3, masks, conditioner }
    const p = randomWeights(couplings, 4)
    const at = noise(5, [1, 4])
    const along = noise(6, [1, 4])
    const loss = (x: Tensor): Tensor => {
      const { y, logDet } = couple(p, x, couplings)
      return add(sum(square(y)), mul(sum(logDet), 3))
    }
    const slope = (x: Tensor): Tensor => sum(mul(gradient(loss(x), [x])[0], fromArray(along)))
    const step = 1e-2
    const moved = (side: number): Tensor =>
      fromArray(
        ndarray(
          at.data.map((value, i) => value + side * step * along.data[i]),
          [1, 4],
        ),
      )
    const x = fromArray(at)
    const curve = sum(mul(gradient(slope(x), [x])[0], fromArray(along)))
    const difference = (f: (x: Tensor) => Tensor) => mul(sub(f(moved(1)), f(moved(-1))), 1 / (2 * step))
    const result = await numbers({
      exact: concat([slope(x), curve].map((value) => reshape(value, [1]))),
      near: concat([difference(loss), difference(slope)].map((value) => reshape(value, [1]))),
    })
    result.exact.forEach((value, i) =>
      expect(Math.abs(value - result.near[i]) / Math.abs(value)).toBeLessThan(2e-3),
    )
  })

  it('give y in parts as well', async () => {
    const couplings = {
      count: 3,
      masks: couplingMasks('random', [5], 3, randomStream(1)),
      conditioner: mlpConditioner(small),
    }
    const { y, parts } = couple(randomWeights(couplings, 5), fromArray(noise(2, [3, 5])), couplings)
    const result = await numbers({ y, parts: concat(parts, 1) })
    const sorted = (row: number, values: readonly number[]) => values.slice(5 * row, 5 * row + 5).sort()
    for (let row = 0; row < 3; row++) expect(sorted(row, result.parts)).toEqual(sorted(row, result.y))
  })

  it('never scale by more than the clamp allows', async () => {
    const conditioner = mlpConditioner({ ...small, clamp: 0.5 })
    const couplings = { count: 1, masks: [[true, false]], conditioner }
    const p = randomWeights(couplings, 2)
    const far = fromArray(ndarray(Float32Array.of(-1e4, 0, 1e4, 0), [2, 2]))
    const { logScale } = conditioner(p.at('couplings.0'), sliceAxis(far, 1, 0, 1), 1)
    const { free } = await numbers({
      free: sub(
        logScale,
        p.at('couplings.0').parameter('gain', [1], () => new Float32Array(1)),
      ),
    })
    free.forEach((value) => expect(Math.abs(value)).toBeCloseTo(0.5, 4))
  })

  it('are affine far out, where features are told no further apart', async () => {
    const conditioner = mlpConditioner({ ...small, reach: 10 })
    const couplings = { count: 4, masks: couplingMasks('halves', [4], 4, randomStream(0)), conditioner }
    const p = randomWeights(couplings, 4)
    const x = [1e4, 2e4, 3e4].flatMap((r) => [r, -2 * r, 3 * r, r])
    const { y } = await numbers({
      y: couple(p, fromArray(ndarray(Float32Array.from(x), [3, 4])), couplings).y,
    })
    for (let j = 0; j < 4; j++)
      expect(Math.abs(y[j] - 2 * y[4 + j] + y[8 + j]) / Math.abs(y[4 + j])).toBeLessThan(1e-5)
  })

  it('have the size of Table 4: 8 couplings, width 256, 10 classes, about 1.05 M parameters on 64 features', () => {
    const reference = { width: 256, depth: 2, activation: 'silu', clamp: 2 } as const
    const condition = { labels: input('labels', [1], 'int32'), classes: 10 }
    const couplings = {
      count: 8,
      masks: couplingMasks('alternating', [64], 8, randomStream(0)),
      conditioner: mlpConditioner(reference, condition),
    }
    const { parameters } = declare((p) => couple(p, input('x', [1, 64]), couplings).y)
    expect(countParameters(parameters)).toBe(1_064_704)
  })

  it('refuse an order that is no permutation', () => {
    expect(() => columns(input('x', [1, 3]), [0, 0, 2])).toThrow(/no permutation of the columns of \[1, 3\]/)
  })
})

/** Random weights everywhere, so that nothing is at its zero start. */
function randomWeights(couplings: Couplings, size: number) {
  const { parameters } = declare((p) => couple(p, input('x', [1, size]), couplings).y)
  return bound(
    new Map(
      parameters.map(({ name, shape }, i) => [
        name,
        mul(fromArray(noise(i, shape)), 0.5 / Math.sqrt(shape[shape.length - 1])),
      ]),
    ),
  )
}

describe.skipIf(!haveGoldens)(`couplings against the reference${goldenNote}`, () => {
  const size = 8
  const couplings: Couplings = {
    count: 8,
    masks: couplingMasks('alternating', [size], 8, randomStream(0)),
    conditioner: mlpConditioner({ width: 16, depth: 1, activation: 'relu', clamp: 1, separate: true }),
  }
  const layerNames = new Map([
    ['layers.0', 'net.0'],
    ['output', 'net.2'],
  ])

  /** The reference's nets see and give all features, zeroed where masked: ours have only the rows and columns that count. */
  const ofReference = (
    name: string,
  ): { name: string; select: (whole: NdArray) => Float32Array } | undefined => {
    const [, index, net, layer, part] = /^couplings\.(\d+)\.([st])\.(.+)\.(weight|bias)$/.exec(name) ?? []
    if (net === undefined) return undefined
    const features = (parity: number) => [0, 2, 4, 6].map((j) => j + ((Number(index) + parity) % 2))
    return {
      name: `flows.${index}.${net}.${layerNames.get(layer)}.${part}`,
      select(whole) {
        const rows = layer === 'output' ? features(1) : Array.from({ length: whole.shape[0] }, (_, i) => i)
        const all = whole.shape.length === 1 ? [0] : Array.from({ length: whole.shape[1] }, (_, i) => i)
        const kept = whole.shape.length === 2 && layer !== 'output' ? features(0) : all
        return Float32Array.from(
          rows.flatMap((row) => kept.map((j) => Number(whole.data[row * all.length + j]))),
        )
      },
    }
  }

  it('maps both ways, and gives the log-determinants, the loss and its gradients', async () => {
    const golden = goldenTensors('realnvp/a')
    const { loss: expected } = goldenJson('realnvp/a') as { loss: number }
    const { parameters } = declare((p) => couple(p, input('x', [1, size]), couplings).y)
    const weights = new Map(
      parameters.map(({ name, shape }) => {
        const source = ofReference(name)
        const data = source ? source.select(golden(source.name)) : new Float32Array(sizeOf(shape))
        return [name, fromArray(ndarray(data, shape))]
      }),
    )
    const p = bound(weights)
    const [u, x] = ['u', 'x'].map((name) =>
      fromArray(ndarray(Float32Array.from(golden(name).data), [12, size])),
    )
    const forward = couple(p, u, couplings)
    const inverse = uncouple(p, x, couplings)
    const logProb = sub(
      inverse.logDet,
      mul(add(sum(square(inverse.y), 1), size * Math.log(2 * Math.PI)), 0.5),
    )
    const loss = neg(mean(logProb))
    const compared = [...weights].flatMap(([name, tensor]) => {
      const source = ofReference(name)
      return source ? [{ tensor, wanted: source.select(golden(`grad.${source.name}`)) }] : []
    })
    const gradients = gradient(
      loss,
      compared.map(({ tensor }) => tensor),
    )
    const result = await numbers({
      v: forward.y,
      logdet_forward: forward.logDet,
      z: inverse.y,
      logdet_inverse: inverse.logDet,
      log_prob: logProb,
      loss,
      ...Object.fromEntries(gradients.map((tensor, i) => [`gradient${i}`, tensor])),
    })
    for (const name of ['v', 'logdet_forward', 'z', 'logdet_inverse', 'log_prob'])
      expect(furthest(result[name], golden(name).data as Float32Array)).toBeLessThan(4e-5)
    expect(Math.abs(result.loss[0] - expected)).toBeLessThan(1e-4)
    compared.forEach(({ wanted }, i) => {
      const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
      expect(furthest(result[`gradient${i}`], wanted) / scale).toBeLessThan(2e-5)
    })
  })
})
