// The solver inside a graph against the compiled solver, and its step control against the host's.
import {
  add,
  compile,
  constant,
  evaluate,
  fromArray,
  gather,
  input,
  linear,
  mul,
  ndarray,
  neg,
  randomStream,
  scalar,
  silu,
  square,
  type NdArray,
} from '@whitewater/tensor'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { initialSizeOf, probeSizeOf, stepFactorOf } from './adaptive-graph.ts'
import { perSample, type Field } from './field.ts'
import { compileSolver } from './integrate.ts'
import type { GraphSolve } from './request.ts'
import { solvedInGraph } from './solve-graph.ts'
import { dormandPrince, euler, heun, rk4, solvers } from './solvers.ts'
import { initialSize, probeSize, stepFactor } from './step-control.ts'
import { isAdaptive } from './tableau.ts'

const cpu = { device: 'cpu' } as const
const n = 5
const d = 3
const values = (name: string, count: number) => randomStream(4).split(name).normal(count)
const weight = constant(values('weight', d * d), [d, d])
const shifts = constant(values('shifts', 4 * d), [4, d])

/** A smooth nonlinear field that depends on everything a field may depend on. */
const field: Field = (x, t, labels) => {
  const turned = linear(silu(x), weight, constant(new Float32Array(d).fill(0.1)))
  const pushed = add(neg(turned), mul(x, perSample(square(t), x)))
  return labels ? add(pushed, gather(shifts, labels)) : pushed
}

const x0 = ndarray(values('x0', n * d), [n, d])
const labels = ndarray(Int32Array.of(0, 3, 1, 1, 2), [n])

async function inGraph(request: GraphSolve): Promise<NdArray> {
  const x = input('x', [n, d])
  const y = input('y', [n], 'int32')
  const program = await compile(
    { inputs: [x, y], outputs: { end: solvedInGraph(field, x, y, request) } },
    cpu,
  )
  const { end } = await program.run({ x: x0, y: labels })
  await program.dispose()
  return end
}

async function onHost({ method, ...request }: GraphSolve): Promise<NdArray> {
  const solver = await compileSolver({ field, shape: [n, d], labels: true, method }, cpu)
  const { x } = await solver.solve(x0, { ...request, labels })
  await solver.dispose()
  return x
}

const numbersOf = ({ data }: NdArray): number[] => Array.from<number | bigint, number>(data, Number)

function distance(a: NdArray, b: NdArray): number {
  const others = numbersOf(b)
  return Math.max(...numbersOf(a).map((value, i) => Math.abs(value - others[i])))
}

const ways = [
  { from: 0, to: 1 },
  { from: 1, to: 0.25 },
]

describe('equals the compiled solver', () => {
  test.each(solvers.filter((method) => !isAdaptive(method)))('$name', async (method) => {
    for (const way of ways) {
      const request = { method, ...way, steps: 7 }
      expect(distance(await inGraph(request), await onHost(request))).toBeLessThan(2e-6)
    }
  })

  test.each(solvers.filter(isAdaptive))('$name', async (method) => {
    for (const way of ways) {
      for (const tolerance of [1e-3, 1e-5]) {
        const request = { method, ...way, relativeTolerance: tolerance, absoluteTolerance: tolerance }
        // The same steps are taken, so the difference is rounding, far below the tolerance.
        expect(distance(await inGraph(request), await onHost(request))).toBeLessThan(5e-6)
      }
    }
  })

  it('keeps the order of the method in float64', async () => {
    const decay: Field = (x) => neg(x)
    const errors = []
    for (const steps of [8, 16]) {
      const x = fromArray(ndarray(Float64Array.of(1), [1, 1]))
      const { end } = await evaluate({
        end: solvedInGraph(decay, x, undefined, { method: rk4, from: 0, to: 1, steps }),
      })
      errors.push(Math.abs(Number(end[0]) - Math.exp(-1)))
    }
    expect(Math.log2(errors[0] / errors[1])).toBeCloseTo(4, 0)
  })
})

describe('step control', () => {
  const number = fc.oneof(
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.constantFrom(0, 1, 1e-300, 1e300, Infinity, NaN),
  )
  const norms = (x: number) => scalar(x, 'float64')

  it('chooses the steps that the host chooses', async () => {
    const cases = fc.sample(fc.tuple(number, number, number), { numRuns: 60, seed: 1 })
    const tensors = cases.flatMap(([a, b, c], i) => [
      [`factor ${i}`, stepFactorOf(norms(a), 4)] as const,
      [`probe ${i}`, probeSizeOf(norms(a), norms(b))] as const,
      [`initial ${i}`, initialSizeOf(norms(1e-3), norms(b), norms(c), 4)] as const,
    ])
    const found = await evaluate(Object.fromEntries(tensors))
    cases.forEach(([a, b, c], i) => {
      const near = (name: string, expected: number) => {
        const value = Number(found[`${name} ${i}`][0])
        if (Number.isFinite(expected)) expect(Math.abs(value / (expected || 1) - 1)).toBeLessThan(1e-12)
        else expect(value).toEqual(expected)
      }
      near('factor', stepFactor(a, 4))
      if (Number.isFinite(a + b)) near('probe', probeSize(a, b))
      if (Number.isFinite(b + c)) near('initial', initialSize(1e-3, b, c, 4))
    })
  })

  it('gives no number where it does not come to the end', async () => {
    const stiff: Field = (x) => mul(x, -1e5)
    const x = fromArray(ndarray(Float32Array.of(1), [1, 1]))
    const tolerances = { relativeTolerance: 1e-6, absoluteTolerance: 1e-6, maxSteps: 5 }
    const { end } = await evaluate({
      end: solvedInGraph(stiff, x, undefined, { method: dormandPrince, from: 0, to: 1, ...tolerances }),
    })
    expect(end[0]).toBeNaN()
  })
})

test('requests that a method cannot honour are refused in one line', () => {
  const x = input('x', [n, d])
  const ask = (request: GraphSolve) => () => solvedInGraph(field, x, undefined, request)
  expect(ask({ method: heun, from: 0, to: 1, relativeTolerance: 1e-4 })).toThrow(/heun takes fixed steps/)
  expect(ask({ method: euler, from: 0, to: 1, steps: 0 })).toThrow(/euler got 0 steps/)
  expect(ask({ method: dormandPrince, from: 0, to: 1, steps: 3 })).toThrow(/chooses its own steps/)
  expect(ask({ method: heun, from: 0, to: 2, steps: 3 })).toThrow(/times lie in \[0, 1\]/)
})
