// SDE samplers: weak order without drawing anything, a Gaussian's covariance within sampling error, and the ODE as their limit.
import {
  add,
  cast,
  compile,
  constant,
  input,
  mul,
  ndarray,
  randomStream,
  square,
  type NdArray,
} from '@whitewater/tensor'
import { describe, expect, test } from 'vitest'
import {
  constantDiffusion,
  diffusionKinds,
  diffusionNamed,
  sigmaDiffusion,
  vpDiffusion,
} from './diffusion.ts'
import { perSample, type Field } from './field.ts'
import { integrate } from './integrate.ts'
import { noiseRows } from './noise.ts'
import { linearPath } from './path.ts'
import { cosinePath, polynomialPath, vpPath } from './paths.ts'
import { noisePrediction, scorePrediction, velocityField } from './prediction.ts'
import { eulerMaruyama, sdeMethodNamed, stochasticHeun } from './sde-methods.ts'
import { sdeStep, type SdeSpec } from './sde-steps.ts'
import { compileSde, type SdeRequest } from './sde.ts'
import { heun } from './solvers.ts'
import { stepOnce } from './step.ts'
import { exactField } from './testing/gaussian.ts'

const cpu = { device: 'cpu', threads: 1 } as const
const paths = [linearPath, cosinePath, vpPath(), polynomialPath()]
const diffusions = [sigmaDiffusion(), vpDiffusion(), constantDiffusion({ strength: 0.5 })]

type Method = Pick<SdeSpec, 'path' | 'method' | 'diffusion'>

/**
 * Variances at `to` of independent Gaussians followed from t = 0 in 1 / h steps. A step is x' = a x + b noise, so that a
 * variance goes to a^2 P + b^2: exact, without drawing. The last step to t = 1 is the ODE's.
 */
async function variancesAt(to: number, spec: Method, lambda: readonly number[], steps: number) {
  const field = exactField({ mean: lambda.map(() => 0), variances: lambda }, spec.path)
  const { nodes } = spec.method.tableau
  const times = input('times', [nodes.length], 'float64')
  const h = constant(Float64Array.of(to / steps))
  const d = lambda.length
  const rows = (...values: number[]) =>
    constant(Float64Array.from(values.flatMap((value) => lambda.map(() => value))), [2, d])
  const noisy = sdeStep({ ...spec, field }, { x: rows(1, 0), times, h, noise: rows(0, 1) })
  const last = stepOnce(spec.method.tableau, field, { x: rows(1, 0), times, h })
  const program = await compile({ inputs: [times], outputs: { noisy, last } }, cpu)
  let p = lambda.map(() => 1)
  for (let k = 0; k < steps; k++) {
    const at = Float64Array.from(nodes, (node) => ((k + node) / steps) * to)
    const results = await program.run({ times: at })
    const step = to === 1 && k === steps - 1 ? results.last : results.noisy
    p = p.map((value, j) => Number(step.data[j]) ** 2 * value + Number(step.data[d + j]) ** 2)
  }
  await program.dispose()
  return p
}

describe('weak order', () => {
  const cases = [linearPath, cosinePath].flatMap((path) =>
    [eulerMaruyama, stochasticHeun].flatMap((method) =>
      [sigmaDiffusion(), constantDiffusion()].map((diffusion) => ({ path, method, diffusion })),
    ),
  )
  test.each(cases)('$method.name, $diffusion.name, $path.name', async (spec) => {
    const exact =
      spec.path === linearPath ? 0.2 ** 2 + 0.8 ** 2 * 0.2 : 1 - 0.8 * Math.sin(0.4 * Math.PI) ** 2
    const errors = []
    for (const steps of [80, 160])
      errors.push(Math.abs((await variancesAt(0.8, spec, [0.2], steps))[0] - exact))
    const order = Math.log2(errors[0] / errors[1])
    expect(order).toBeGreaterThan(spec.method.order - 0.25)
    expect(order).toBeLessThan(spec.method.order + 0.5)
  })
})

describe('the marginals do not depend on the diffusion', () => {
  const cases = paths.flatMap((path) =>
    diffusions.map((diffusion) => ({ path, diffusion, method: stochasticHeun })),
  )
  test.each(cases)('$path.name, $diffusion.name: a condition number of 100', async (spec) => {
    const lambda = [4, 0.04, 1]
    const variances = await variancesAt(1, spec, lambda, 100)
    variances.forEach((value, j) => expect(Math.abs(value / lambda[j] - 1)).toBeLessThan(0.02))
    const finer = await variancesAt(1, spec, lambda, 200)
    finer.forEach((value, j) => expect(Math.abs(value / lambda[j] - 1)).toBeLessThan(0.006))
  })
})

/** Covariance about the known mean, [d, d]. */
function covarianceOf({ data, shape: [n, d] }: NdArray, mean: readonly number[]): number[][] {
  return mean.map((_, i) =>
    mean.map((_, j) => {
      let sum = 0
      for (let row = 0; row < n; row++)
        sum += (Number(data[row * d + i]) - mean[i]) * (Number(data[row * d + j]) - mean[j])
      return sum / n
    }),
  )
}

/** Four standard deviations of an empirical covariance's entries, and two percent for the steps. */
function expectCovariance(
  x: NdArray,
  { mean, variances }: { mean: readonly number[]; variances: readonly number[] },
) {
  const [n] = x.shape
  covarianceOf(x, mean).forEach((row, i) =>
    row.forEach((value, j) => {
      const scale = Math.sqrt(variances[i] * variances[j])
      const bound = i === j ? 4 * Math.sqrt(2 / n) + 0.02 : 4 / Math.sqrt(n)
      expect([i, j, Math.abs(value - (i === j ? variances[i] : 0)) / scale < bound]).toEqual([i, j, true])
    }),
  )
}

describe('a Gaussian with condition number 100', () => {
  const gaussian = { mean: [1, -2, 0.5], variances: [4, 0.04, 1] }
  const n = 8_000
  const d = 3
  const x0 = ndarray(randomStream(11).normal(n * d), [n, d])
  const request = { from: 0, to: 1, stream: randomStream(12) }
  const sample = async (spec: Omit<SdeSpec, 'shape'>, steps: number) => {
    const solver = await compileSde({ ...spec, shape: [n, d] }, cpu)
    return solver.solve(x0, { ...request, steps }).finally(() => solver.dispose())
  }

  test.each([
    [stochasticHeun, 60],
    [eulerMaruyama, 200],
  ])('$name: the covariance within sampling error', async (method, steps) => {
    const spec = { path: linearPath, diffusion: sigmaDiffusion(), method }
    expectCovariance((await sample({ ...spec, field: exactField(gaussian, linearPath) }, steps)).x, gaussian)
  })

  test.each([scorePrediction, noisePrediction])(
    'a $name network samples it by SDE and by probability-flow ODE',
    async (prediction) => {
      const path = vpPath()
      const network = exactField(gaussian, path, prediction.name === 'score' ? 'score' : 'noise')
      const field = velocityField(network, path, prediction)
      const noisy = await sample({ field, path, diffusion: vpDiffusion(), method: stochasticHeun }, 60)
      expectCovariance(noisy.x, gaussian)
      const request = { from: 0, to: 1, steps: 60 }
      expectCovariance((await integrate(x0, { field, method: heun, ...request }, cpu)).x, gaussian)
    },
  )

  test('denoising the last step leaves out the variance that is left', async () => {
    const field = exactField(gaussian, cosinePath)
    const spec = { field, path: cosinePath, diffusion: sigmaDiffusion(), method: stochasticHeun }
    const { x, evaluations } = await sample({ ...spec, last: 'denoise' }, 50)
    expect(evaluations).toBe(99)
    const [, [, smallest]] = covarianceOf(x, gaussian.mean)
    // Var(E[x1 | x_t]) = lambda^2 alpha^2 / (alpha^2 lambda + sigma^2) before the last step.
    const alpha2 = Math.cos(Math.PI / 100) ** 2
    const sigma2 = Math.sin(Math.PI / 100) ** 2
    const expected = (0.04 ** 2 * alpha2) / (alpha2 * 0.04 + sigma2)
    expect(Math.abs(smallest / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / n) + 0.02)
  })
})

describe('the sampler', () => {
  const field = exactField({ mean: [0, 1], variances: [2, 0.5] }, linearPath)
  const base = { field, path: linearPath, diffusion: sigmaDiffusion(), method: stochasticHeun }
  const stream = randomStream(3)
  const solve = async (spec: SdeSpec, x0: NdArray, request: Partial<SdeRequest> = {}) => {
    const solver = await compileSde(spec, cpu)
    return solver.solve(x0, { from: 0, to: 1, steps: 13, stream, ...request }).finally(() => solver.dispose())
  }
  const normal = (rows: number, start = 0) =>
    ndarray(
      randomStream(4)
        .normal((start + rows) * 2)
        .slice(start * 2),
      [rows, 2],
    )

  test.each([eulerMaruyama, stochasticHeun])('$name without noise is its ODE method', async (method) => {
    const diffusion = sigmaDiffusion({ strength: 0 })
    const { x } = await solve({ ...base, method, diffusion, shape: [4, 2] }, normal(4))
    const flow = await integrate(normal(4), { field, method: method.tableau, from: 0, to: 1, steps: 13 }, cpu)
    x.data.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(flow.x.data[i]), 6))
  })

  test('repeats with its stream, in any number of steps a run, and for rows taken apart', async () => {
    const whole = await solve({ ...base, shape: [300, 2] }, normal(300))
    const again = await solve({ ...base, shape: [300, 2] }, normal(300), { trajectory: true })
    expect(again.x.data).toEqual(whole.x.data)
    expect(again.trajectory?.states).toHaveLength(14)
    expect(again.trajectory?.states[13].data).toEqual(whole.x.data)
    expect(again.trajectory?.times.slice(-1)).toEqual([1])
    expect(whole).toMatchObject({ evaluations: 26, accepted: 13, rejected: 0 })
    const part = await solve({ ...base, shape: [50, 2] }, normal(50, 240), { firstRow: 240 })
    part.x.data.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(whole.x.data[480 + i]), 5))
    const other = await solve({ ...base, shape: [300, 2] }, normal(300), { stream: stream.split('other') })
    expect(other.x.data).not.toEqual(whole.x.data)
  })

  test('noise rows do not depend on which rows are drawn with them', () => {
    const all = noiseRows(stream, 0, 600, 3)
    expect(noiseRows(stream, 250, 20, 3)).toEqual(all.slice(750, 810))
    expect(noiseRows(stream, 599, 1, 3)).toEqual(all.slice(1797))
  })

  test('stops before the data with noise to the end, in float64, and follows a written parameter', async () => {
    const rate = input('rate', [1], 'float64')
    const parameters = { rate: { current: rate, initial: Float64Array.of(0) } }
    const spec = { ...base, parameters, dtype: 'float64', shape: [4, 2] } as const
    const solver = await compileSde({ ...spec, field: (x, t) => add(field(x, t), rate) }, cpu)
    const x0 = ndarray(Float64Array.from(normal(4).data), [4, 2])
    const request = { from: 0, to: 0.5, steps: 3, stream }
    const before = await solver.solve(x0, request)
    await solver.write('rate', Float64Array.of(1))
    const after = await solver.solve(x0, request)
    await solver.dispose()
    expect(before.evaluations).toBe(6)
    after.x.data.forEach((value, i) => expect(Number(value)).toBeGreaterThan(Number(before.x.data[i])))
  })

  test('gives labels to the field', async () => {
    const labels = ndarray(Int32Array.of(3, 5), [2])
    const labelled: Field = (x, _, y) => (y ? add(mul(x, 0), perSample(cast(y, 'float32'), x)) : x)
    const diffusion = sigmaDiffusion({ strength: 0 })
    const spec = { ...base, diffusion, field: labelled, labels: true, shape: [2, 2] }
    const { x } = await solve(spec, ndarray(new Float32Array(4), [2, 2]), { labels })
    Array.from(x.data, Number).forEach((value, i) => expect(value).toBeCloseTo([3, 3, 5, 5][i], 5))
  })

  test('refuses what it cannot do', async () => {
    const shape = [4, 2]
    const x0 = normal(4)
    const labels = ndarray(Int32Array.of(0, 1, 0, 1), [4])
    await expect(solve({ ...base, shape }, x0, { labels })).rejects.toThrow('compile it with labels')
    await expect(solve({ ...base, shape }, x0, { from: 1, to: 0 })).rejects.toThrow(
      'take an ODE solver to go back',
    )
    await expect(solve({ ...base, shape }, x0, { steps: 0 })).rejects.toThrow('stochastic-heun got 0 steps')
    await expect(solve({ ...base, shape }, normal(3))).rejects.toThrow('the state is float32 [3, 2]')
    const bursting: Field = (x) => mul(square(x), 1e30)
    await expect(solve({ ...base, field: bursting, shape }, x0)).rejects.toThrow('not finite at t = 1')
    expect(() => sdeMethodNamed('euler-maruyma')).toThrow("did you mean 'euler-maruyama'?")
    expect(() => diffusionNamed({ kind: 'sigma', strength: -1 })).toThrow('sigma: strength is -1')
    expect(() => sigmaDiffusion({ strength: Infinity })).toThrow('strength Infinity')
    expect(diffusionKinds).toEqual(['sigma', 'vp', 'constant'])
  })
})
