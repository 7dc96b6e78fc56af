// The integrator: orders, direction, exact solutions, and refusals.
import {
  add,
  cast,
  constant,
  div,
  input,
  matmul,
  mul,
  ndarray,
  neg,
  randomStream,
  square,
  sub,
  where,
  greater,
  type NdArray,
} from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { perSample, type Field } from './field.ts'
import { compileSolver, integrate } from './integrate.ts'
import { dormandPrince, euler, heun, rk4, rk4ThreeEighths, solvers } from './solvers.ts'
import type { Tableau } from './tableau.ts'

const cpu = { device: 'cpu' } as const

/** dx/dt = -2 t x^2, solved by x(t) = 1 / (1 / x(0) + t^2): nonlinear and forced. */
const bernoulli: Field = (x, t) => neg(mul(square(x), perSample(mul(t, 2), x)))
const start = ndarray(Float64Array.of(1, 0.5, 2), [3, 1])
const exactEnd = Array.from(start.data, (x) => 1 / (1 / x + 1))

const largestDifference = ({ data }: NdArray, b: ArrayLike<number>): number =>
  Math.max(...Array.from(b, (value, i) => Math.abs(Number(data[i]) - value)))

const whole = { from: 0, to: 1 }
const tight = { relativeTolerance: 1e-10, absoluteTolerance: 1e-10 }

describe('order', () => {
  /** Both solutions of an embedded pair, as fixed-step methods. */
  const fixed = solvers.flatMap(({ embedded, ...method }): Tableau[] =>
    embedded ? [method, { ...method, ...embedded, name: `${method.name}, embedded` }] : [method],
  )
  test.each(fixed)('$name: halving the steps divides the error by 2^order', async (method: Tableau) => {
    const solver = await compileSolver({ field: bernoulli, shape: [3, 1], dtype: 'float64', method }, cpu)
    const errors = []
    for (const steps of [32, 64]) {
      errors.push(largestDifference((await solver.solve(start, { ...whole, steps })).x, exactEnd))
    }
    await solver.dispose()
    const measured = Math.log2(errors[0] / errors[1])
    expect(measured).toBeGreaterThan(method.order - 0.25)
    expect(measured).toBeLessThan(method.order + 0.6)
  })

  test('every tableau is consistent: rows of a sum to c, b and the embedded weights to 1', () => {
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
    for (const { nodes, matrix, weights, embedded } of solvers) {
      matrix.forEach((row, i) => {
        expect(row).toHaveLength(i)
        expect(total(row)).toBeCloseTo(nodes[i], 13)
      })
      for (const b of [weights, ...(embedded ? [embedded.weights] : [])]) {
        expect(b).toHaveLength(nodes.length)
        expect(total(b)).toBeCloseTo(1, 13)
      }
    }
  })
})

describe('direction', () => {
  test.each([
    [rk4, { steps: 40 }, 1e-7],
    [dormandPrince, tight, 1e-8],
  ] as const)('$name: there and back again', async (method, how, tolerance) => {
    const solver = await compileSolver({ field: bernoulli, shape: [3, 1], dtype: 'float64', method }, cpu)
    const there = await solver.solve(start, { ...whole, ...how })
    const back = await solver.solve(there.x, { from: 1, to: 0, ...how })
    await solver.dispose()
    expect(largestDifference(there.x, exactEnd)).toBeLessThan(tolerance)
    expect(largestDifference(back.x, Array.from(start.data))).toBeLessThan(tolerance)
  })

  test('an empty interval gives the state back', async () => {
    const field = bernoulli
    const request = { from: 0.5, to: 0.5 }
    const fixed = await integrate(start, { field, method: euler, ...request, steps: 2 }, cpu)
    const adaptive = await integrate(start, { field, method: dormandPrince, ...request, ...tight }, cpu)
    expect(fixed.x.data).toEqual(start.data)
    expect(adaptive).toMatchObject({ x: start, evaluations: 0, accepted: 0 })
  })
})

test('the Gaussian flow is x_t = S_t^(1/2) x_0 (Prop. 3.1)', async () => {
  // Sigma = Q diag(lambda) Q^T; A*_t = (t Sigma - (1 - t) I) S_t^-1 has eigenvalues (t lambda - (1 - t)) / s_t.
  const cosine = Math.cos(0.7)
  const sine = Math.sin(0.7)
  const eigenvalues = [25, 0.01]
  const q = constant(Float64Array.of(cosine, -sine, sine, cosine), [2, 2])
  const field: Field = (x, t) => {
    const at = perSample(t, x)
    const lambda = constant(Float64Array.from(eigenvalues), [1, 2])
    const spectrum = add(square(sub(1, at)), mul(square(at), lambda))
    const rate = div(sub(mul(at, lambda), sub(1, at)), spectrum)
    return matmul(mul(matmul(x, q), rate), q, { transposeB: true })
  }
  const x0 = ndarray(Float64Array.from(randomStream(3).normal(16)), [8, 2])
  const solution = await integrate(
    x0,
    { field, method: dormandPrince, ...whole, ...tight, trajectory: true },
    cpu,
  )
  const { times, states } = solution.trajectory ?? { times: [], states: [] }
  expect(times.at(-1)).toBe(1)
  states.forEach((state, index) => {
    const t = times[index]
    const roots = eigenvalues.map((lambda) => Math.sqrt((1 - t) ** 2 + t ** 2 * lambda))
    const a = cosine ** 2 * roots[0] + sine ** 2 * roots[1]
    const b = cosine * sine * (roots[0] - roots[1])
    const c = sine ** 2 * roots[0] + cosine ** 2 * roots[1]
    const exact = Array.from({ length: 16 }, (_, i) => {
      const u = x0.data[i - (i % 2)]
      const v = x0.data[i - (i % 2) + 1]
      return i % 2 === 0 ? a * u + b * v : b * u + c * v
    })
    expect(largestDifference(state, exact)).toBeLessThan(1e-7)
  })
})

describe('the compiled solver', () => {
  test('takes the same path whatever number of steps a run takes', async () => {
    const results = []
    for (const unroll of [1, 3, 8]) {
      const spec = {
        field: bernoulli,
        shape: [3, 1],
        dtype: 'float64',
        method: rk4ThreeEighths,
        unroll,
      } as const
      const solver = await compileSolver(spec, cpu)
      results.push((await solver.solve(start, { ...whole, steps: 11 })).x.data)
      await solver.dispose()
    }
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })

  test('leaves x0 alone, answers calls in turn, and follows a written parameter', async () => {
    const rate = input('rate', [1])
    const field: Field = (x) => mul(x, rate)
    const parameters = { rate: { current: rate, initial: Float32Array.of(1) } }
    const x0 = ndarray(Float32Array.of(1, 2), [2, 1])
    for (const [method, how] of [
      [rk4, { steps: 9 }],
      [dormandPrince, { relativeTolerance: 1e-6, absoluteTolerance: 1e-6 }],
    ] as const) {
      const solver = await compileSolver({ field, parameters, shape: [2, 1], method }, cpu)
      const [grown, again] = await Promise.all([1, 2].map(() => solver.solve(x0, { ...whole, ...how })))
      expect(again.x.data).toEqual(grown.x.data)
      await solver.write('rate', Float32Array.of(-1))
      const shrunk = await solver.solve(x0, { ...whole, ...how })
      await expect(solver.write('rte', Float32Array.of(1))).rejects.toThrow(
        "no parameter 'rte'; there is rate",
      )
      await solver.dispose()
      expect(Array.from(x0.data)).toEqual([1, 2])
      expect(Number(grown.x.data[1])).toBeCloseTo(2 * Math.E, 4)
      expect(Number(shrunk.x.data[1])).toBeCloseTo(2 / Math.E, 4)
    }
  })

  test('gives labels to the field', async () => {
    const field: Field = (x, _, given) => (given ? add(mul(x, 0), perSample(cast(given, 'float32'), x)) : x)
    const labels = ndarray(Int32Array.of(3, 5), [2])
    const x0 = ndarray(new Float32Array(4), [2, 2])
    const { x } = await integrate(x0, { field, method: heun, ...whole, steps: 4, labels }, cpu)
    expect(Array.from(x.data, Number)).toEqual([3, 3, 5, 5])
  })

  test('a small step is rejected and retried where the field turns sharply', async () => {
    const kink: Field = (x, t) => perSample(where(greater(t, 0.5), 100, mul(t, 0)), x)
    const moderate = { relativeTolerance: 1e-6, absoluteTolerance: 1e-6 }
    const solution = await integrate(
      start,
      { field: kink, method: dormandPrince, ...whole, ...moderate },
      cpu,
    )
    expect(solution.rejected).toBeGreaterThan(0)
    expect(solution.evaluations).toBe(2 + 6 * (solution.accepted + solution.rejected))
    expect(
      largestDifference(
        solution.x,
        Array.from(start.data, (x) => x + 50),
      ),
    ).toBeLessThan(0.01)
  })
})
