// Requests that the integrator cannot honour are errors, each of one line.
import { constant, input, matmul, mul, ndarray, neg, sqrt, square, sub } from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { perSample, type Field } from './field.ts'
import { compileSolver, integrate, type SolveRequest } from './integrate.ts'
import { dormandPrince, euler, heun, midpoint, solverNamed, tsitouras } from './solvers.ts'
import type { Tableau } from './tableau.ts'

const cpu = { device: 'cpu' } as const
const start = ndarray(Float64Array.of(1, 0.5, 2), [3, 1])
const whole = { from: 0, to: 1 }
const tight = { relativeTolerance: 1e-10, absoluteTolerance: 1e-10 }

test('solvers are found by name', () => {
  expect(solverNamed('tsit5')).toBe(tsitouras)
  expect(() => solverNamed('huen')).toThrow("unknown solver 'huen': did you mean 'heun'?")
})

describe('what cannot be honoured is an error', () => {
  const field: Field = (x) => neg(square(x))
  const request = (method: Tableau, how: Partial<SolveRequest>) =>
    integrate(start, { field, method, ...whole, ...how }, cpu)

  test.each([
    ['a tolerance with fixed steps', heun, { steps: 3, relativeTolerance: 1e-3 }, /heun takes fixed steps/],
    ['no steps', heun, {}, /heun got undefined steps/],
    ['half a step', heun, { steps: 0.5 }, /got 0.5 steps/],
    ['steps with an adaptive method', dormandPrince, { ...tight, steps: 4 }, /chooses its own steps/],
    ['one tolerance only', dormandPrince, { relativeTolerance: 1e-3 }, /absolute undefined/],
    [
      'a negative tolerance',
      dormandPrince,
      { ...tight, absoluteTolerance: -1 },
      /expected both, not negative/,
    ],
    ['no step at all', dormandPrince, { ...tight, maxSteps: 0 }, /maxSteps is 0/],
    ['too few steps', dormandPrince, { ...tight, maxSteps: 2 }, /2 steps reached only t = /],
    ['a time beyond 1', heun, { steps: 3, to: 1.5 }, /from 0 to 1.5/],
    [
      'labels for none',
      heun,
      { steps: 1, labels: ndarray(Float32Array.of(1, 2, 3), [3]) },
      /labels are float32/,
    ],
  ])('%s', (_, method, how, message) => expect(request(method, how)).rejects.toThrow(message))

  test('a state of another shape, and labels that are not compiled in', async () => {
    const solver = await compileSolver({ field, shape: [2, 1], method: midpoint }, cpu)
    await expect(solver.solve(start, { ...whole, steps: 1 })).rejects.toThrow('the state is float64 [3, 1]')
    const labels = ndarray(Int32Array.of(1, 2), [2])
    const x0 = ndarray(new Float32Array(2), [2, 1])
    await expect(solver.solve(x0, { ...whole, steps: 1, labels })).rejects.toThrow('compile it with labels')
    await solver.dispose()
  })

  test('a field of the wrong shape, and a parameter that changes by itself', async () => {
    const wrong: Field = (x) => matmul(x, constant(new Float64Array(2), [1, 2]))
    await expect(integrate(start, { field: wrong, method: euler, ...whole, steps: 1 }, cpu)).rejects.toThrow(
      'the field gave float64 [3, 2]',
    )
    const p = input('p', [1])
    const spec = { field, method: euler, shape: [1, 1], parameters: { p: { current: p, next: p } } }
    await expect(compileSolver(spec, cpu)).rejects.toThrow("parameter 'p' has a next value")
    const shape = [3, 1]
    await expect(compileSolver({ field, shape, method: euler, unroll: 0 }, cpu)).rejects.toThrow(
      'unroll is 0',
    )
    await expect(compileSolver({ field, shape, method: dormandPrince, unroll: 2 }, cpu)).rejects.toThrow(
      'leave out unroll',
    )
  })

  test.each([
    ['fixed', euler, { steps: 4 }, /not finite at t = 1/],
    ['adaptive', dormandPrince, tight, /the field is not finite there/],
  ] as const)('a field that ends at t = 0.5: %s', async (_, method, how, message) => {
    const ending: Field = (x, t) => mul(x, perSample(sqrt(sub(0.5, t)), x))
    const failing = integrate(start, { field: ending, method, ...whole, ...how }, cpu)
    await expect(failing).rejects.toThrow(message)
    await expect(failing).rejects.toMatchObject({ kind: 'failure' })
  })

  test('a tolerance that float32 cannot hold', async () => {
    const x0 = ndarray(Float32Array.of(1, 0.5, 2), [3, 1])
    const how = { relativeTolerance: 1e-14, absoluteTolerance: 1e-14, maxSteps: 300 }
    const failing = integrate(x0, { field, method: tsitouras, ...whole, ...how }, cpu)
    await expect(failing).rejects.toThrow(
      /300 steps reached only t = .* of 1 at relative tolerance 1e-14, absolute 1e-14; raise the tolerances, or maxSteps/,
    )
    await expect(failing).rejects.toMatchObject({ kind: 'failure' })
  })

  test('a field that is finite only where it starts', async () => {
    const field: Field = (x, t) => mul(x, perSample(sqrt(neg(t)), x))
    const failing = integrate(start, { field, method: dormandPrince, ...whole, ...tight }, cpu)
    await expect(failing).rejects.toThrow('the field is not finite there')
  })
})
