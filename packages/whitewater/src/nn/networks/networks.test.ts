import {
  evaluate,
  fromArray,
  gradient,
  input,
  ndarray,
  randomStream,
  sizeOf,
  sum,
  square,
} from '@whitewater/tensor'
import { describe, expect, it } from 'vitest'
import type { FieldNetwork } from '../network.ts'
import { bound, countParameters, declare, initialWeights, namedParts } from '../scope.ts'
import { cnn } from './cnn.ts'
import { mlp } from './mlp.ts'
import { residualMlp } from './residual-mlp.ts'

const parametersOf = (network: FieldNetwork, features: readonly number[], classes?: number) =>
  declare((p) =>
    network.build(p, {
      x: input('x', [2, ...features]),
      t: input('t', [2]),
      ...(classes !== undefined && { labels: input('labels', [2], 'int32'), classes }),
    }),
  )

describe('parameter counts', () => {
  it('match Table 4: the generator near 2.32 M, the preconditioner near 1.05 M', () => {
    const count = (width: number) => countParameters(parametersOf(cnn({ width }), [4, 4, 4], 10).parameters)
    expect(count(256)).toBe(2_318_340)
    expect(count(169)).toBe(1_016_032)
  })

  it('of the mlp are what its layers hold', () => {
    const { parameters } = parametersOf(mlp({ width: 64, depth: 3 }), [2])
    expect(countParameters(parameters)).toBe(3 * 64 + 64 + 2 * (64 * 64 + 64) + 64 * 2 + 2)
  })
})

describe.each([
  { network: mlp({ width: 16, depth: 2 }), features: [5] },
  { network: residualMlp({ width: 16, depth: 2 }), features: [5] },
  { network: residualMlp({ width: 8, depth: 1 }), features: [1, 4, 4] },
  { network: cnn({ width: 16 }), features: [4, 4, 4] },
  { network: cnn({ width: 16, image: [4, 2, 2] }), features: [16] },
])('$network.kind on [$features]', ({ network, features }) => {
  it.each([undefined, 3])(
    'gives a velocity of the shape of x and reaches every parameter (classes: %s)',
    async (classes) => {
      const { parameters, result } = parametersOf(network, features, classes)
      expect(result.shape).toEqual([2, ...features])
      // Weights that start at zero stop gradients; here all of them are random.
      const flat = randomStream(1)
        .normal(countParameters(parameters))
        .map((w) => 0.3 * w)
      const values = new Map([...namedParts(parameters, flat)].map(([name, part]) => [name, fromArray(part)]))
      const x = fromArray(ndarray(randomStream(2).normal(2 * sizeOf(features)), [2, ...features]))
      const t = fromArray(ndarray(Float32Array.of(0.2, 0.9), [2]))
      const labels = fromArray(ndarray(Int32Array.of(0, 2), [2]))
      const v = network.build(bound(values), { x, t, ...(classes !== undefined && { labels, classes }) })
      const gradients = gradient(sum(square(v)), [...values.values()])
      const names = [...values.keys()]
      const found = await evaluate(Object.fromEntries(gradients.map((g, i) => [names[i], g])))
      for (const name of names) {
        const norm = Math.hypot(...Array.from(found[name], Number))
        expect(norm, name).toBeGreaterThan(0)
        expect(norm, name).toBeLessThan(Infinity)
      }
    },
  )
})

describe('scope', () => {
  it('gives each parameter a stream of its own: more parameters change none of the others', () => {
    const small = parametersOf(mlp({ width: 8, depth: 1 }), [2]).parameters
    const large = parametersOf(mlp({ width: 8, depth: 2 }), [2]).parameters
    const [a, b] = [small, large].map((p) => namedParts(p, initialWeights(p, randomStream(4))))
    expect(a.get('layers.0.weight')?.data).toEqual(b.get('layers.0.weight')?.data)
  })

  it('refuses one name with two shapes', () => {
    const twice = () =>
      declare((p) => [
        p.parameter('w', [2], () => new Float32Array(2)),
        p.parameter('w', [3], () => new Float32Array(3)),
      ])
    expect(twice).toThrow(/parameter w is declared as \[2\] and as \[3\]/)
  })
})
