import {
  add,
  constant,
  matmul,
  mul,
  ndarray,
  reshape,
  sin,
  tanh,
  traced,
  type NdArray,
} from '@whitewater/tensor'
import { expect, it } from 'vitest'
import type { Field } from './field.ts'
import { integrate } from './integrate.ts'
import { jacobian, withJacobian } from './jacobian.ts'
import { rk4 } from './solvers.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** Nonlinear, depends on time, mixes coordinates. */
const swirl: Field = (x, t) => {
  const mixed = matmul(x, constant(Float64Array.of(0.3, -1.1, 0.8, 0.2), [2, 2]))
  return mul(tanh(mixed), add(1.5, sin(reshape(t, [-1, 1]))))
}

const start = ndarray(Float64Array.of(0.4, -0.7, 1.3, 0.2, -0.1, -0.9), [3, 2])

it('is the derivative of each component by each coordinate', async () => {
  const square = constant(Float64Array.of(1, 2, 3, 4), [2, 2])
  const program = traced(({ x }) => ({ j: jacobian(mul(matmul(x, square), x), x) }), cpu)
  const { j } = await program({ x: ndarray(Float64Array.of(1, 2, 3, 5), [2, 2]) })
  await program.dispose()
  // v = (x A) * x, so dv_i / dx_j = A_ji x_i + (x A)_i if i = j
  expect(Array.from(j.data, Number)).toEqual([8, 3, 4, 18, 21, 9, 10, 46])
})

it('integrates to the derivative of the flow map, by central differences', async () => {
  const request = { method: rk4, from: 0, to: 1, steps: 40 } as const
  const state = new Float64Array(18)
  for (let i = 0; i < 3; i++) state.set([...start.data.subarray(2 * i, 2 * i + 2), 1, 0, 0, 1], 6 * i)
  const solved = await integrate(ndarray(state, [3, 6]), { ...request, field: withJacobian(swirl, [2]) }, cpu)
  const end = async (shift: readonly number[]): Promise<NdArray['data']> => {
    const moved = start.data.map((value, index) => value + shift[index % 2])
    return (await integrate(ndarray(moved, [3, 2]), { ...request, field: swirl }, cpu)).x.data
  }
  const h = 1e-5
  for (const column of [0, 1]) {
    const shift = [column === 0 ? h : 0, column === 1 ? h : 0]
    const up = await end(shift)
    const down = await end(shift.map((value) => -value))
    for (let i = 0; i < 3; i++) {
      for (const row of [0, 1]) {
        const slope = (Number(up[2 * i + row]) - Number(down[2 * i + row])) / (2 * h)
        expect(Number(solved.x.data[6 * i + 2 + 2 * row + column])).toBeCloseTo(slope, 8)
      }
    }
  }
})
