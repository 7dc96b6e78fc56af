import { describe, expect, it } from 'vitest'
import { evaluate } from './compile.ts'
import { gradient } from './gradient.ts'
import * as w from './index.ts'
import { constant, input, scalar } from './tensor.ts'

describe('gradient', () => {
  it('sums over all paths and uses of a tensor', async () => {
    const x = scalar(3)
    const y = w.add(w.mul(x, x), w.mul(x, w.mul(x, x)))
    expect((await evaluate({ dx: gradient(y, [x])[0] })).dx[0]).toBe(2 * 3 + 3 * 9)
  })

  it('reaches tensors on the way, and y itself', async () => {
    const x = scalar(2)
    const middle = w.exp(x)
    const y = w.mul(middle, 3)
    const [dy, dMiddle, dx] = gradient(y, [y, middle, x])
    const values = await evaluate({ dy, dMiddle, dx })
    expect(values.dy[0]).toBe(1)
    expect(values.dMiddle[0]).toBe(3)
    expect(values.dx[0]).toBeCloseTo(3 * Math.exp(2), 4)
  })

  it('is zero, in the right shape and dtype, where nothing depends', async () => {
    const unused = input('unused', [2, 3], 'float64')
    const [dx] = gradient(scalar(1), [unused])
    expect([dx.shape, dx.dtype]).toEqual([[2, 3], 'float64'])
    expect([...(await evaluate({ dx })).dx]).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('takes a seed for an output that is no scalar', async () => {
    const x = constant(Float32Array.of(1, 2))
    const [dx] = gradient(w.square(x), [x], constant(Float32Array.of(10, 1)))
    expect([...(await evaluate({ dx })).dx]).toEqual([20, 4])
  })

  it('differentiates as often as asked', async () => {
    const x = scalar(0.7, 'float64')
    let y = w.sin(x)
    const derivatives = Array.from({ length: 5 }, () => (y = gradient(y, [x])[0]))
    const values = await evaluate(Object.fromEntries(derivatives.map((d, i) => [`d${i}`, d])))
    const s = Math.sin(0.7)
    const c = Math.cos(0.7)
    const expected = [c, -s, -c, s, c]
    expected.forEach((value, i) => expect(values[`d${i}`][0]).toBeCloseTo(value, 12))
  })

  it('computes the Jacobian products of a network that is its own inverse problem', async () => {
    // d/dx of |f(x)|^2 through a shared intermediate equals 2 J^T f.
    const x = constant(Float64Array.of(0.3, -0.4), [1, 2])
    const weight = constant(Float64Array.of(1, 2, 3, 4), [2, 2])
    const f = w.tanh(w.matmul(x, weight))
    const [direct] = gradient(w.sum(w.square(f)), [x])
    const [seeded] = gradient(f, [x], w.mul(f, 2))
    const { direct: a, seeded: b } = await evaluate({ direct, seeded })
    expect(a).toEqual(b)
  })

  it('says what it needs', () => {
    const x = input('x', [2])
    expect(() => gradient(x, [x])).toThrow(
      'gradient: needs a scalar, got shape [2]; reduce it, or give a seed',
    )
    expect(() => gradient(w.sum(x), [input('i', [2], 'int32')])).toThrow(
      'gradient: needs float32 or float64, got int32',
    )
    expect(() => gradient(x, [x], scalar(1, 'float64'))).toThrow(
      'gradient: the seed is float64 [], but y is float32 [2]',
    )
  })
})
