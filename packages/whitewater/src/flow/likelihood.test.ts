import {
  add,
  constant,
  div,
  matmul,
  mul,
  ndarray,
  randomStream,
  reshape,
  sin,
  sub,
  tanh,
  traced,
} from '@whitewater/tensor'
import { expect, it } from 'vitest'
import { perSample, type Field } from './field.ts'
import { integrate } from './integrate.ts'
import { divergence, jacobian, withJacobian } from './jacobian.ts'
import {
  bitsPerDimension,
  drawProbe,
  flowLogDet,
  normalLogDensity,
  probeKinds,
  withDivergence,
} from './likelihood.ts'
import { dormandPrince, rk4 } from './solvers.ts'

const cpu = { device: 'cpu', threads: 1 } as const

/** Nonlinear, depends on time, mixes coordinates, and its divergence changes along the way. */
const swirl: Field = (x, t) => {
  const mixed = matmul(x, constant(Float64Array.of(0.3, -1.1, 0.8, 0.2), [2, 2]))
  return mul(tanh(mixed), add(1.5, sin(reshape(t, [-1, 1]))))
}

const start = ndarray(Float64Array.of(0.4, -0.7, 1.3, 0.2, -0.1, -0.9), [3, 2])

/** The points with `columns` zeros beside each. */
const augmented = (x: Float64Array, d: number, columns: number) => {
  const n = x.length / d
  const state = new Float64Array(n * (d + columns))
  for (let i = 0; i < n; i++) state.set(x.subarray(i * d, (i + 1) * d), i * (d + columns))
  return ndarray(state, [n, d + columns])
}

it('the divergence is the trace of the Jacobian, also of samples that are no vectors', async () => {
  const field: Field = (x, t) => reshape(swirl(reshape(x, [-1, 2]), t), x.shape)
  const program = traced(({ x, t }) => {
    const v = field(x, t)
    return { trace: divergence(v, x), whole: jacobian(v, x) }
  }, cpu)
  const { trace, whole } = await program({
    x: ndarray(start.data, [3, 2, 1]),
    t: ndarray(Float64Array.of(0.1, 0.5, 0.8), [3]),
  })
  await program.dispose()
  expect(trace.shape).toEqual([3, 1])
  for (let i = 0; i < 3; i++)
    expect(Number(trace.data[i])).toBeCloseTo(Number(whole.data[4 * i]) + Number(whole.data[4 * i + 3]), 12)
})

it('the log-determinant is that of the Jacobian of the flow map, solved outside and inside a graph', async () => {
  const request = { from: 1, to: 0, steps: 60 } as const
  const jacobians = new Float64Array(18)
  for (let i = 0; i < 3; i++) jacobians.set([...start.data.subarray(2 * i, 2 * i + 2), 1, 0, 0, 1], 6 * i)
  const spec = { method: rk4, ...request }
  const map = await integrate(ndarray(jacobians, [3, 6]), { ...spec, field: withJacobian(swirl, [2]) }, cpu)
  const field = withDivergence(swirl, [2], { trace: 'exact' })
  const solved = await integrate(augmented(start.data, 2, 1), { ...spec, field }, cpu)
  const inGraph = traced(({ x }) => ({ y: flowLogDet(swirl, x, undefined, spec) }), cpu)
  const { y } = await inGraph({ x: start })
  await inGraph.dispose()
  expect(y.shape).toEqual([3])
  for (let i = 0; i < 3; i++) {
    const [a, b, c, d] = Array.from(map.x.data.subarray(6 * i + 2, 6 * i + 6), Number)
    const exact = Math.log(Math.abs(a * d - b * c))
    expect(Math.abs(exact)).toBeGreaterThan(0.1)
    expect(Number(solved.x.data[3 * i + 2])).toBeCloseTo(exact, 7)
    expect(Number(y.data[i])).toBeCloseTo(exact, 7)
    expect(Number(solved.x.data[3 * i])).toBeCloseTo(Number(map.x.data[6 * i]), 12)
  }
})

/** The exact velocity from N(0, I) to N(m, diag(lambda)) (Prop. 3.1). */
const gaussianField =
  (mean: Float64Array, lambda: Float64Array): Field =>
  (x, t) => {
    const [m, variances] = [constant(mean), constant(lambda)].map((row) => reshape(row, [1, -1]))
    const at = perSample(t, x)
    const rest = sub(1, at)
    const s = add(mul(rest, rest), mul(mul(at, at), variances))
    const a = div(sub(mul(at, variances), rest), s)
    return add(m, mul(a, sub(x, mul(at, m))))
  }

it('gives a Gaussian its exact density, kappa = 1e4', async () => {
  const mean = Float64Array.of(0.5, -1, 2)
  const lambda = Float64Array.of(4, 0.1, 4e-4)
  const n = 20
  const noise = randomStream(1).normal(3 * n)
  const x = Float64Array.from(noise, (value, k) => mean[k % 3] + Math.sqrt(lambda[k % 3]) * value)
  const field = withDivergence(gaussianField(mean, lambda), [3], { trace: 'exact' })
  const tolerances = { relativeTolerance: 1e-9, absoluteTolerance: 1e-9 }
  const request = { method: dormandPrince, from: 1, to: 0, ...tolerances, field }
  const { x: solved } = await integrate(augmented(x, 3, 1), request, cpu)
  for (let i = 0; i < n; i++) {
    const end = Array.from(solved.data.subarray(4 * i, 4 * i + 4), Number)
    const standard = Array.from(noise.subarray(3 * i, 3 * i + 3))
    const exact = normalLogDensity(standard) - lambda.reduce((sum, v) => sum + Math.log(v), 0) / 2
    expect(normalLogDensity(end.slice(0, 3)) + end[3]).toBeCloseTo(exact, 6)
    standard.forEach((value, k) => expect(end[k]).toBeCloseTo(value, 6))
  }
})

it('is a density: it integrates to 1 over the plane', async () => {
  const side = 121
  const reach = 12
  const step = (2 * reach) / (side - 1)
  const grid = Float64Array.from({ length: 2 * side * side }, (_, k) => {
    const cell = k >> 1
    return -reach + step * (k % 2 === 0 ? cell % side : Math.floor(cell / side))
  })
  const field = withDivergence(swirl, [2], { trace: 'exact' })
  const request = { method: rk4, from: 1, to: 0, steps: 40, field }
  const { x: solved } = await integrate(augmented(grid, 2, 1), request, cpu)
  let total = 0
  for (let i = 0; i < side * side; i++) {
    const [x, y, change] = Array.from(solved.data.subarray(3 * i, 3 * i + 3), Number)
    total += Math.exp(normalLogDensity([x, y]) + change) * step * step
  }
  expect(total).toBeCloseTo(1, 4)
})

it.each(probeKinds)(
  'Hutchinson with %s probes has no bias: within four of its own standard errors',
  async (kind) => {
    // The same point in many rows, each with probes of its own.
    const count = 1000
    const x = Float64Array.from({ length: 2 * count }, (_, k) => start.data[k % 2])
    const stream = randomStream(5)
    const probes = [1, 2].map((k) =>
      constant(Float64Array.from(drawProbe(stream.split(String(k)), 2 * count, kind)), [count, 2]),
    )
    const request = { method: rk4, from: 1, to: 0, steps: 8 }
    const exact = withDivergence(swirl, [2], { trace: 'exact' })
    const estimated = withDivergence(swirl, [2], { trace: 'hutchinson', probes })
    const whole = await integrate(augmented(start.data, 2, 1), { ...request, field: exact }, cpu)
    const parts = await integrate(augmented(x, 2, 2), { ...request, field: estimated }, cpu)
    for (const column of [2, 3]) {
      const values = Array.from({ length: count }, (_, i) => Number(parts.x.data[4 * i + column]))
      const mean = values.reduce((a, b) => a + b, 0) / count
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
      expect(variance).toBeGreaterThan(1e-4)
      expect(Math.abs(mean - Number(whole.x.data[2]))).toBeLessThan(4 * Math.sqrt(variance / count))
    }
  },
)

it.each(probeKinds)('%s probes have independent entries of mean 0 and variance 1', (kind) => {
  const count = 40_000
  const values = drawProbe(randomStream(3), count, kind)
  const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / count
  expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(count))
  expect(Math.abs(moment(2) - 1)).toBeLessThan((4 * Math.SQRT2) / Math.sqrt(count))
  const shifted = values.reduce((sum, value, i) => sum + value * values[(i + 1) % count], 0) / count
  expect(Math.abs(shifted)).toBeLessThan(4 / Math.sqrt(count))
})

it('bits per dimension: a uniform density over 256 levels takes 8', () => {
  expect(bitsPerDimension(3 * Math.log(1 / 2), 3, 2 / 256)).toBeCloseTo(8, 12)
  expect(bitsPerDimension(-Math.LN2, 1)).toBeCloseTo(1, 12)
  expect(() => bitsPerDimension(0, 1, 0)).toThrow('unit of quantised data is 0')
})
