// Loops and branches against the same computation written out.
import { describe, expect, it } from 'vitest'
import { ndarray } from '../array.ts'
import { compile, evaluate, traced } from '../compile.ts'
import {
  add,
  cast,
  constant,
  equal,
  expand,
  fromArray,
  gather,
  gradient,
  input,
  less,
  linear,
  matmul,
  mul,
  scalar,
  silu,
  simplify,
  sqrt,
  sum,
  type Tensor,
} from '../index.ts'
import { encode } from '../program.ts'
import { allNodesOf, nodesOf } from '../testing/model.ts'
import { branch } from './branch.ts'
import { loop } from './loop.ts'

const weight = constant(Float32Array.of(0.6, -0.8, 0.8, 0.6), [2, 2])

const rotated = (x: Tensor, steps: number): Tensor =>
  loop({ most: steps, state: [x], body: (_, [h]) => ({ next: [matmul(h, weight)] }) })[0]

describe('loop', () => {
  it('equals the unrolled computation', async () => {
    const x = fromArray(ndarray(Float32Array.of(1, 2, 3, 4), [2, 2]))
    let unrolled: Tensor = x
    for (let k = 0; k < 5; k++) unrolled = matmul(unrolled, weight)
    const { looped, expected } = await evaluate({ looped: rotated(x, 5), expected: unrolled })
    expect(looped).toEqual(expected)
  })

  it('gives the iteration, carries several values and stops when the body says so', async () => {
    const table = constant(Float64Array.of(1, 10, 100, 1000, 10000))
    const [total, count] = loop({
      most: 5,
      state: [scalar(0, 'float64'), scalar(0, 'int64')],
      body(iteration, [sumSoFar, done]) {
        const next = add(sumSoFar, gather(table, iteration))
        return { next: [next, add(done, 1)], goOn: less(next, 100) }
      },
    })
    const values = await evaluate({ total, count })
    expect([values.total[0], values.count[0]]).toEqual([111, 3n])
  })

  it('computes what does not depend on the iteration once, outside', () => {
    const x = input('x', [4, 2])
    const c = input('c', [2])
    const shift = () => sqrt(mul(c, 2))
    const [y] = loop({ most: 3, state: [x], body: (_, [h]) => ({ next: [add(h, shift())] }) })
    const model = encode({ inputs: [x, c], outputs: { y } }, 'cpu')
    expect(nodesOf(model).toSorted()).toEqual(['Loop', 'Mul', 'Sqrt'])
    expect(allNodesOf(model)).toHaveLength(nodesOf(model).length + 2)
  })

  it('holds a weight once, however often bodies use it', () => {
    const wide = constant(new Float32Array(4096).fill(0.1), [64, 64])
    const x = input('x', [4, 64])
    const [y] = loop({ most: 3, state: [x], body: (_, [h]) => ({ next: [matmul(matmul(h, wide), wide)] }) })
    const { bytes } = encode({ inputs: [x], outputs: { y: matmul(y, wide) } }, 'cpu')
    expect(bytes.length).toBeLessThan(1.2 * 4 * 4096)
  })

  it('takes other inputs when a graph around it is rewritten', async () => {
    const x = input('x', [2, 2])
    const y = rotated(add(x, 1), 2)
    const [swapped] = simplify([y], new Map([[x, fromArray(ndarray(Float32Array.of(0, 1, 2, 3), [2, 2]))]]))
    const expected = rotated(fromArray(ndarray(Float32Array.of(1, 2, 3, 4), [2, 2])), 2)
    const values = await evaluate({ swapped, expected })
    expect(values.swapped).toEqual(values.expected)
  })

  it('nests, and reads values from both levels outside', async () => {
    const run = traced(({ x, c }) => {
      const [y] = loop({
        most: 2,
        state: [x],
        body: (_, [outer]) => {
          const body = (__: Tensor, [h]: readonly Tensor[]) => ({ next: [add(mul(h, c), outer)] })
          return { next: loop({ most: 3, state: [outer], body }) }
        },
      })
      return { y }
    })
    const reference = (x: number, c: number) => {
      for (let k = 0; k < 2; k++) {
        let h = x
        for (let j = 0; j < 3; j++) h = h * c + x
        x = h
      }
      return x
    }
    const { y } = await run({
      x: ndarray(Float64Array.of(1, -2), [2]),
      c: ndarray(Float64Array.of(0.5), [1]),
    })
    expect(y.data).toEqual(Float64Array.of(reference(1, 0.5), reference(-2, 0.5)))
    await run.dispose()
  })

  it('runs networks inside on the kernels of the device', async () => {
    const x = input('x', [3, 2])
    const step = (h: Tensor) => add(h, mul(silu(linear(h, weight, constant(Float32Array.of(0.1, 0.2)))), 0.1))
    const [y] = loop({ most: 2, state: [x], body: (_, [h]) => ({ next: [step(h)] }) })
    const program = await compile({ inputs: [x], outputs: { y, z: step(step(x)) } })
    const { y: looped, z: unrolled } = await program.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6) })
    expect(looped).toEqual(unrolled)
    await program.dispose()
  })

  it('refuses a gradient, a state that changes its type, and no iterations', () => {
    const x = input('x', [2, 2])
    expect(() => gradient(sum(rotated(x, 2)), [x])).toThrow(/loop: has no gradient/)
    const widened = () => loop({ most: 2, state: [x], body: (_, [h]) => ({ next: [cast(h, 'float64')] }) })
    expect(widened).toThrow(/the state is float32 \[2, 2\], its next value float64 \[2, 2\]/)
    expect(() => rotated(x, 0)).toThrow(/0 iterations, expected a whole number of at least 1/)
  })
})

describe('branch', () => {
  const choose = traced(({ x, w }) => ({
    y: branch(
      equal(w, 0),
      () => add(x, 1),
      () => rotated(mul(x, w), 3),
    ),
  }))
  const x = ndarray(Float32Array.of(1, 2, 3, 4), [2, 2])

  it('computes the side that its condition names', async () => {
    const plain = await choose({ x, w: ndarray(Float32Array.of(0), []) })
    expect(plain.y.data).toEqual(Float32Array.of(2, 3, 4, 5))
    const other = await choose({ x, w: ndarray(Float32Array.of(2), []) })
    const expected = await evaluate({ y: rotated(mul(fromArray(x), 2), 3) })
    expect(other.y.data).toEqual(expected.y)
    await choose.dispose()
  })

  it('keeps what a side computes inside that side', () => {
    const a = input('a', [2])
    const w = input('w', [])
    const y = branch(
      equal(w, 0),
      () => a,
      () => sqrt(mul(a, w)),
    )
    expect(nodesOf(encode({ inputs: [a, w], outputs: { y } }, 'cpu')).toSorted()).toEqual(['Equal', 'If'])
  })

  it('refuses sides of different types, and a condition that is no scalar', () => {
    const a = input('a', [2])
    const side = (shape: readonly number[]) => () => expand(scalar(1), shape)
    const flag = equal(sum(a), 0)
    expect(() => branch(flag, side([2]), side([3]))).toThrow(
      /one side is float32 \[2\], the other float32 \[3\]/,
    )
    expect(() => branch(equal(a, 0), side([2]), side([2]))).toThrow(/the condition is \[2\]/)
  })
})
