import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile, evaluate } from './compile.ts'
import { gradient } from './gradient.ts'
import * as w from './index.ts'
import { simplify } from './simplify.ts'
import { constant, input, reachable, scalar, type Tensor } from './tensor.ts'
import { nodesOf } from './testing/model.ts'
import { encode } from './program.ts'

const x = input('x', [2, 3])
const size = (...outputs: Tensor[]): number => reachable(outputs).length
const only = (tensor: Tensor): Tensor => simplify([tensor])[0]

describe('identities', () => {
  const cases: [string, Tensor][] = [
    ['x * 1', w.mul(x, 1)],
    ['1 * x', w.mul(1, x)],
    ['x / 1', w.div(x, 1)],
    ['x + 0', w.add(x, 0)],
    ['0 + x', w.add(0, x)],
    ['x - 0', w.sub(x, 0)],
    ['transpose of transpose', w.transpose(w.transpose(x))],
    ['reshape and back', w.reshape(w.reshape(x, [6]), [2, 3])],
    ['x * expanded 1', w.mul(x, w.expand(scalar(1), [2, 3]))],
  ]
  it.each(cases)('%s is x', (_, y) => {
    expect(only(y)).toBe(x)
  })

  it('keeps the shape of a broadcast identity', () => {
    const y = only(w.mul(input('row', [3]), constant(new Float32Array(2).fill(1), [2, 1])))
    expect(y.shape).toEqual([2, 3])
    expect(only(w.add(scalar(0), w.expand(scalar(2), [2, 3]))).shape).toEqual([2, 3])
  })

  it('lets an operand broadcast by itself instead of expanding it', () => {
    const y = only(w.add(x, w.expand(input('row', [3]), [2, 3])))
    expect(size(y)).toBe(3)
  })

  it('joins two reshapes and two transposes into one', () => {
    const cube = input('cube', [2, 3, 4])
    expect(size(only(w.reshape(w.reshape(cube, [6, 4]), [4, 6])))).toBe(2)
    const turned = only(w.transpose(w.transpose(cube, [1, 2, 0]), [1, 2, 0]))
    expect(size(turned)).toBe(2)
    expect(turned.shape).toEqual([4, 2, 3])
  })
})

describe('the gradient of a split', () => {
  const row = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 })

  it('is the parts side by side, without zeros around each', async () => {
    await fc.assert(
      fc.asyncProperty(row, async (sizes) => {
        const extent = sizes.reduce((all, one) => all + one, 0)
        const values = Float32Array.from({ length: 2 * extent }, (_, i) => i - extent)
        const whole = constant(values, [2, extent])
        const sums = w.split(whole, sizes, 1).map((part, k) => w.mul(w.sum(w.square(part)), k + 1))
        const [dx] = gradient(
          sums.reduce((all, one) => w.add(all, one)),
          [whole],
        )
        const factor = sizes.flatMap((count, k) => Array<number>(count).fill(k + 1))
        const expected = values.map((value, i) => 2 * value * factor[i % extent])
        expect((await evaluate({ dx })).dx).toEqual(expected)
        expect(nodesOf(encode({ outputs: { dx } }, 'cpu'))).not.toContain('Pad')
      }),
      { numRuns: 30, seed: 4 },
    )
  })

  it('keeps zeros where a part between has none, where blocks overlap, and where the padding is no zero', async () => {
    const block = constant(Float32Array.of(1, 2), [2])
    const at = (start: number, value = 0) => w.pad(block, [start], [4 - start], value)
    const results = await evaluate({
      apart: w.add(at(0), at(4)),
      overlapping: w.add(at(1), at(2)),
      touching: w.add(at(3), at(1)),
      ones: w.add(at(0), at(2, 1)),
    })
    expect(results.apart).toEqual(Float32Array.of(1, 2, 0, 0, 1, 2))
    expect(results.overlapping).toEqual(Float32Array.of(0, 1, 3, 2, 0, 0))
    expect(results.touching).toEqual(Float32Array.of(0, 1, 2, 1, 2, 0))
    expect(results.ones).toEqual(Float32Array.of(2, 3, 1, 2, 1, 1))
  })
})

describe('equal subexpressions', () => {
  it('are computed once', () => {
    expect(size(only(w.add(w.exp(w.mul(x, 2)), w.exp(w.mul(x, 2)))))).toBe(5)
  })

  it('tells attributes, dtypes and signed zeros apart', () => {
    const different = [
      [w.pad(x, [0, 0], [0, 1], Infinity), w.pad(x, [0, 0], [0, 1], -Infinity)],
      [w.div(x, scalar(0)), w.div(x, scalar(-0))],
      [w.div(x, constant(Float32Array.of(0, 0, 0))), w.div(x, constant(Float32Array.of(0, 0, -0)))],
      [w.sum(x, 0), w.sum(x, 0, { keepDims: true })],
      [w.cast(x, 'float64'), w.cast(x, 'int32')],
    ]
    for (const pair of different) {
      const [a, b] = simplify(pair)
      expect(a).not.toBe(b)
    }
  })

  it('keeps signed zeros apart in the encoded model', async () => {
    const one = scalar(1)
    const values = await evaluate({ plus: w.div(one, scalar(0)), minus: w.div(one, scalar(-0)) })
    expect([values.plus[0], values.minus[0]]).toEqual([Infinity, -Infinity])
  })
})

interface Leaves {
  readonly matrix: Tensor
  readonly row: Tensor
  readonly zero: Tensor
  readonly one: Tensor
}
type Expression = (leaves: Leaves) => Tensor

/** Random expressions, as functions that grow by composition. */
const expression: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<Expression>(
      ({ matrix }) => matrix,
      ({ row }) => row,
      ({ one }) => one,
      ({ zero }) => zero,
      ({ row }) => w.expand(row, [2, 3]),
      ({ one }) => w.expand(one, [2, 1]),
    ),
    fc.tuple(fc.constantFrom(w.add, w.sub, w.mul, w.maximum), tie('tree'), tie('tree')).map(
      ([f, left, right]): Expression =>
        (leaves) =>
          f(left(leaves), right(leaves)),
    ),
    fc
      .tuple(
        fc.constantFrom<(z: Tensor) => Tensor>(
          w.tanh,
          w.neg,
          (z) => w.mean(z),
          (z) => w.transpose(w.transpose(w.expand(z, [2, 3]))),
          (z) => w.reshape(w.reshape(w.expand(z, [2, 3]), [3, 2]), [2, 3]),
        ),
        tie('tree'),
      )
      .map(
        ([f, inner]): Expression =>
          (leaves) =>
            f(inner(leaves)),
      ),
  ),
})).tree

describe('random programs', () => {
  // What is a constant in one program, and may be simplified away, is an input of the other and must stay.
  const leaves = { matrix: x, row: input('row', [3]), zero: input('zero', []), one: input('one', []) }
  const known = { ...leaves, zero: scalar(0), one: scalar(1) }
  const inputs = Object.values(leaves)
  const data = {
    x: Float32Array.of(0.3, -1, 2, 0.5, -0.2, 1.5),
    row: Float32Array.of(0.7, -0.4, 1.1),
    zero: Float32Array.of(0),
    one: Float32Array.of(1),
  }

  const run = async (outputs: Record<string, Tensor>) => {
    const program = await compile({ inputs, outputs }, { device: 'cpu', threads: 1 })
    const results = await program.run(data)
    await program.dispose()
    return Object.values(results)
  }

  it('keep their values and never grow', async () => {
    await fc.assert(
      fc.asyncProperty(expression, async (make) => {
        const outputs = (from: Leaves) => {
          const y = make(from)
          return { y, dx: gradient(w.sum(y), [x])[0] }
        }
        const traced = Object.values(outputs(known))
        expect(size(...simplify(traced))).toBeLessThanOrEqual(size(...traced))
        const simple = await run(outputs(known))
        const literal = await run(outputs(leaves))
        simple.forEach(({ data: values, shape }, i) => {
          expect(shape).toEqual(literal[i].shape)
          ;[...values].forEach((value, j) => expect(value).toBeCloseTo(Number(literal[i].data[j]), 4))
        })
      }),
      { seed: 3, numRuns: 40 },
    )
  })
})

describe('substitution', () => {
  it('replaces all at once, so that tensors may be swapped', async () => {
    const a = input('a', [])
    const b = input('b', [])
    const [swapped] = simplify(
      [w.sub(a, b)],
      new Map([
        [a, b],
        [b, a],
      ]),
    )
    const program = await compile({ inputs: [a, b], outputs: { swapped } }, { device: 'cpu' })
    const { swapped: value } = await program.run({ a: Float32Array.of(5), b: Float32Array.of(3) })
    await program.dispose()
    expect(value.data[0]).toBe(-2)
  })

  it('leaves alone what is replaced by itself', () => {
    expect(simplify([w.exp(x)], new Map([[x, x]]))[0].inputs[0]).toBe(x)
  })

  it('chains steps of a recurrence without duplicates, exactly as tracing them would', async () => {
    const state = input('state', [4])
    const data = input('data', [4])
    const moved = (from: Tensor, by: Tensor): Tensor => {
      const [g] = gradient(w.sum(w.square(w.tanh(w.sub(from, by)))), [from])
      return w.sub(from, w.mul(g, 0.1))
    }
    const next = moved(state, data)
    const steps = 6
    const batches = Array.from({ length: steps }, (_, k) => input(`data${k}`, [4]))
    let chained: Tensor = state
    let traced: Tensor = state
    for (const batch of batches) {
      chained = simplify(
        [next],
        new Map([
          [state, chained],
          [data, batch],
        ]),
      )[0]
      traced = moved(traced, batch)
    }
    const spec = (out: Tensor) => ({ inputs: [state, ...batches], outputs: { out } })
    const [a, b] = [chained, traced].map((out) => nodesOf(encode(spec(out), 'cpu')))
    expect(a).toEqual(b)
    const oneStep = nodesOf(encode({ inputs: [state, data], outputs: { next } }, 'cpu')).length
    expect(a.length).toBeLessThanOrEqual(steps * oneStep)
    const program = await compile(spec(chained), { device: 'cpu' })
    const values = Object.fromEntries(
      ['state', ...batches.keys()].map((name, i) => [
        i === 0 ? 'state' : `data${name}`,
        Float32Array.from({ length: 4 }, (_, j) => Math.sin(i + j)),
      ]),
    )
    const { out } = await program.run(values)
    await program.dispose()
    let expected = [...values.state]
    for (let k = 0; k < steps; k++) {
      expected = expected.map((s, j) => {
        const t = Math.tanh(s - values[`data${k}`][j])
        return s - 0.1 * 2 * t * (1 - t * t)
      })
    }
    ;[...out.data].forEach((value, j) => expect(value).toBeCloseTo(expected[j], 5))
  })
})
