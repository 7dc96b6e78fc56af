// Every solver against the reference trajectories of a forced nonlinear field, in float64 and float32.
import { add, constant, cos, matmul, mul, ndarray, sin, tanh, type NdArray } from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import { goldenJson, goldenNote, goldenTensors, haveGoldens } from '../linalg/testing/goldens.ts'
import { perSample, type Field } from './field.ts'
import { integrate } from './integrate.ts'
import {
  dormandPrince,
  dormandPrinceShampine,
  euler,
  heun,
  midpoint,
  rk4,
  rk4ThreeEighths,
  tsitouras,
} from './solvers.ts'

interface Counts {
  readonly nfe: number
  readonly accepted: number
  readonly rejected: number
}

interface Golden {
  readonly params: { readonly A: number[][]; readonly B: number[][]; readonly s: number[] }
  readonly fixed_steps: number
  readonly results: {
    readonly euler: { readonly nfe: number }
    readonly midpoint: { readonly nfe: number }
    readonly heun2: { readonly nfe: number }
    readonly rk4_38: { readonly nfe: number }
    readonly rk4_classic: { readonly nfe: number }
    readonly dopri5: Counts & {
      readonly rtol: number
      readonly atol: number
      readonly accepted_steps_t_dt: number[][]
    }
    readonly dopri5_clipped: Counts & { readonly final: number[][]; readonly max_error_vs_exact: number }
    readonly dopri5_clipped_standard: Counts & {
      readonly final: number[][]
      readonly max_error_vs_exact: number
    }
    readonly dopri5_per_row: { readonly rows: (Counts & { readonly final: number[] })[] }
  }
}

type Reals = Float32Array | Float64Array

/** dx/dt = A x + 0.8 cos(2t) tanh(B x) + sin(5t) s, rows of x apart. */
function forcedField({ A, B, s }: Golden['params'], array: (values: number[]) => Reals): Field {
  const [a, b] = [A, B].map((rows) => constant(array(rows.flat()), [4, 4]))
  const force = constant(array(s), [1, 4])
  return (x, t) => {
    const wave = mul(perSample(mul(cos(mul(t, 2)), 0.8), x), tanh(matmul(x, b, { transposeB: true })))
    return add(add(matmul(x, a, { transposeB: true }), wave), mul(perSample(sin(mul(t, 5)), x), force))
  }
}

const largestDifference = (a: ArrayLike<number | bigint>, b: ArrayLike<number>): number =>
  Array.from(b).reduce((most, value, i) => Math.max(most, Math.abs(Number(a[i]) - value)), 0)

const flatten = ({ states }: { readonly states: readonly NdArray[] }): number[] =>
  states.flatMap(({ data }) => Array.from(data, Number))

function suite() {
  const golden = goldenJson('ode/a') as Golden
  const tensor = goldenTensors('ode/a')
  const { results, fixed_steps: steps } = golden
  const x0 = tensor('x0')
  const field = forcedField(golden.params, (values) => Float64Array.from(values))
  const interval = { from: 0, to: 1 }
  const tolerances = { relativeTolerance: results.dopri5.rtol, absoluteTolerance: results.dopri5.atol }

  test.each([
    [euler, 'euler', results.euler.nfe],
    [midpoint, 'midpoint', results.midpoint.nfe],
    [heun, 'heun2', results.heun2.nfe],
    [rk4ThreeEighths, 'rk4_38', results.rk4_38.nfe],
    [rk4, 'rk4_classic', results.rk4_classic.nfe],
  ] as const)('$name follows the reference trajectory', async (method, name, nfe) => {
    const solution = await integrate(x0, { field, method, ...interval, steps, trajectory: true })
    expect(solution.evaluations).toBe(nfe)
    const reference = tensor(`traj.${name}`)
    expect(solution.trajectory?.times).toHaveLength(steps + 1)
    expect(largestDifference(flatten(solution.trajectory ?? { states: [] }), reference.data)).toBeLessThan(
      1e-13,
    )
    const final = reference.data.slice(-x0.data.length)
    const unrolled = await integrate(x0, { field, method, ...interval, steps })
    expect(largestDifference(unrolled.x.data, final)).toBeLessThan(1e-13)
  })

  test.each([
    [dormandPrince, results.dopri5_clipped_standard],
    [dormandPrinceShampine, results.dopri5_clipped],
  ] as const)('$name, last step clipped: final state, evaluations and steps', async (method, reference) => {
    const solution = await integrate(x0, { field, method, ...interval, ...tolerances })
    expect(solution).toMatchObject({
      evaluations: reference.nfe,
      accepted: reference.accepted,
      rejected: reference.rejected,
    })
    expect(largestDifference(solution.x.data, reference.final.flat())).toBeLessThan(1e-12)
    const exact = tensor('exact').data.slice(-x0.data.length)
    expect(largestDifference(solution.x.data, exact)).toBeCloseTo(reference.max_error_vs_exact, 10)
  })

  test('tsit5: the exact trajectory within the tolerance, nearer than dopri5 at about its cost', async () => {
    const exact = tensor('exact').data.slice(-x0.data.length)
    for (const tolerance of [1e-7, 1e-9, 1e-11]) {
      const how = { ...interval, relativeTolerance: tolerance, absoluteTolerance: tolerance }
      const own = await integrate(x0, { field, method: tsitouras, ...how })
      const other = await integrate(x0, { field, method: dormandPrince, ...how })
      const [error, reference] = [own, other].map(({ x }) => largestDifference(x.data, exact))
      expect(error).toBeLessThan(Math.min(tolerance, reference))
      expect(own.evaluations / other.evaluations).toBeLessThan(1.2)
    }
  })

  test('dopri5-shampine takes the steps of the reference that overshoots and interpolates, up to the last', async () => {
    const solution = await integrate(x0, {
      field,
      method: dormandPrinceShampine,
      ...interval,
      ...tolerances,
      trajectory: true,
    })
    // The controller amplifies rounding by about 1 / tolerance.
    const starts = results.dopri5.accepted_steps_t_dt.map(([t]) => t)
    expect(largestDifference(solution.trajectory?.times ?? [], starts)).toBeLessThan(1e-9)
    // Its own final state is an interpolant, equal to about the tolerance only.
    expect(largestDifference(solution.x.data, tensor('dopri5.final').data)).toBeLessThan(2e-4)
  })

  test('dopri5-shampine on each row alone chooses that row its own steps', async () => {
    for (const [row, reference] of results.dopri5_per_row.rows.entries()) {
      const alone = ndarray(x0.data.slice(row * 4, row * 4 + 4), [1, 4])
      const solution = await integrate(alone, {
        field,
        method: dormandPrinceShampine,
        ...interval,
        ...tolerances,
      })
      expect([solution.accepted, row]).toEqual([reference.accepted, row])
      expect(largestDifference(solution.x.data, reference.final)).toBeLessThan(2e-4)
    }
  })

  test('float32 agrees to rounding', async () => {
    const single = forcedField(golden.params, (values) => Float32Array.from(values))
    const start = ndarray(Float32Array.from(x0.data), x0.shape)
    const fixed = await integrate(
      start,
      { field: single, method: rk4, ...interval, steps },
      { device: 'cpu' },
    )
    expect(largestDifference(fixed.x.data, tensor('traj.rk4_classic').data.slice(-20))).toBeLessThan(5e-6)
    const adaptive = await integrate(
      start,
      {
        field: single,
        method: dormandPrince,
        ...interval,
        ...tolerances,
      },
      { device: 'cpu' },
    )
    expect(adaptive).toMatchObject({ evaluations: 38, accepted: 6, rejected: 0 })
    expect(largestDifference(adaptive.x.data, results.dopri5_clipped_standard.final.flat())).toBeLessThan(
      5e-5,
    )
  })
}

describe.skipIf(!haveGoldens)(
  `ode golden${goldenNote}`,
  haveGoldens ? suite : () => test('goldens', () => {}),
)
