import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Shape } from '../array.ts'
import { evaluate } from '../compile.ts'
import { gradient } from '../gradient.ts'
import { constant, input, scalar, type Tensor } from '../tensor.ts'
import { checkFamily } from '../testing/family.ts'
import { faultsOf } from '../testing/gradcheck.ts'
import { pointwise } from '../testing/reference.ts'
import { cases } from './elementwise.cases.ts'
import * as elementwise from './elementwise.ts'

checkFamily(elementwise, cases)

const { add, clamp, div, erf, mul, maximum, minimum, pow, sub, gelu } = elementwise

/** Two shapes that broadcast together: a full shape, of which each drops leading axes and sets some to 1. */
const broadcastable: fc.Arbitrary<[Shape, Shape]> = fc
  .array(
    fc.record({
      extent: fc.integer({ min: 1, max: 3 }),
      one: fc.tuple(fc.boolean(), fc.boolean()),
    }),
    { maxLength: 3 },
  )
  .chain((axes) =>
    fc
      .tuple(fc.nat(axes.length), fc.nat(axes.length))
      .map(([a, b]): [Shape, Shape] => [
        axes.slice(a).map(({ extent, one }) => (one[0] ? 1 : extent)),
        axes.slice(b).map(({ extent, one }) => (one[1] ? 1 : extent)),
      ]),
  )

describe('broadcasting', () => {
  const positive = { low: 0.3, high: 2 }
  const operations: [string, (a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => number, 1 | 2][] = [
    ['add', add, (a, b) => a + b, 2],
    ['sub', sub, (a, b) => a - b, 2],
    ['mul', mul, (a, b) => a * b, 2],
    ['div', div, (a, b) => a / b, 2],
    ['pow', pow, (a, b) => a ** b, 2],
    ['maximum', maximum, Math.max, 1],
    ['minimum', minimum, Math.min, 1],
  ]
  it.each(operations)('%s agrees with its reference for random shapes', async (_, apply, compute, order) => {
    await fc.assert(
      fc.asyncProperty(broadcastable, async ([a, b]) => {
        const inputs = [
          { shape: a, ...positive },
          { shape: b, ...positive },
        ]
        const test = { inputs, apply, reference: pointwise(compute), order }
        expect(await faultsOf(test)).toEqual([])
      }),
      { seed: 1, numRuns: 12 },
    )
  })
})

describe('edges', () => {
  it('gives the gradient of equal operands to the first', async () => {
    const x = constant(Float32Array.of(1, 2))
    const y = constant(Float32Array.of(1, 2))
    const ones = constant(Float32Array.of(1, 1))
    for (const extreme of [maximum, minimum]) {
      const [first, second] = gradient(extreme(x, y), [x, y], ones)
      const values = await evaluate({ first, second })
      expect([...values.first, ...values.second]).toEqual([1, 1, 0, 0])
    }
  })

  it('has no gradient at the kinks of abs, relu and sign', async () => {
    const zero = scalar(0)
    const at = Object.fromEntries(
      (['abs', 'relu', 'sign'] as const).map((name) => [name, gradient(elementwise[name](zero), [zero])[0]]),
    )
    const values = await evaluate(at)
    expect(Object.values(values).map((data) => data[0])).toEqual([0, 0, 0])
  })

  it('keeps softplus and its gradient finite far out', async () => {
    const x = constant(Float32Array.of(-1e4, 1e4))
    const y = elementwise.softplus(x)
    const [dx] = gradient(y, [x], constant(Float32Array.of(1, 1)))
    const values = await evaluate({ y, dx })
    expect([...values.y, ...values.dx]).toEqual([0, 1e4, 0, 1])
  })

  it('raises a negative base to a constant whole power', async () => {
    const x = constant(Float32Array.of(-2, 3))
    const y = pow(x, 3)
    const [dx] = gradient(y, [x], constant(Float32Array.of(1, 1)))
    const values = await evaluate({ y, dx })
    expect([...values.y, ...values.dx]).toEqual([-8, 27, 12, 27])
  })
})

describe('errors', () => {
  const x = input('x', [2, 3])
  it('names the shapes that do not broadcast', () => {
    expect(() => add(x, input('y', [2]))).toThrow('add: shapes [2, 3] and [2] do not broadcast together')
  })
  it('names the dtypes that do not mix', () => {
    expect(() => mul(x, input('y', [3], 'float64'))).toThrow(
      'mul: float32 beside float64; cast one of them first',
    )
  })
  it('says which operations are float32 only', () => {
    const y = input('y', [3], 'float64')
    expect(() => erf(y)).toThrow('erf: float32 only, got float64')
    expect(() => gelu(y)).toThrow('erf: float32 only, got float64')
  })
  it('refuses to clamp integers', () => {
    expect(() => clamp(input('y', [3], 'int32'), 0, 1)).toThrow('clamp: float32 or float64 only, got int32')
  })
})
