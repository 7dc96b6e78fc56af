// The learned transport map x0 -> x as a map: its Jacobian at given noise, and how badly conditioned that is (Fig. 2).
import { ndarray, sizeOf, type CompileOptions, type NdArray } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { compileSolver } from '../flow/integrate.ts'
import { withJacobian } from '../flow/jacobian.ts'
import { dormandPrince } from '../flow/solvers.ts'
import { eigenvaluesSymmetric } from '../linalg/eigen.ts'
import { matrix, type Matrix } from '../linalg/matrix.ts'
import { transposedMultiply } from '../linalg/product.ts'
import type { FittedPreconditioner, Samples } from '../precondition/preconditioner.ts'
import type { Generator } from './generator.ts'
import { residentField } from './parts.ts'

export interface TransportConditions {
  /** The path times looked at. */
  readonly times: readonly number[]
  /** x~_t at each time, [n, d]: the trajectories. */
  readonly positions: readonly Float32Array[]
  /** kappa of d x~_t / d x0 at each time, for each noise sample: the flow's own map, in the space it is trained in. */
  readonly flow: readonly Float64Array[]
  /** kappa of d x / d x0 at t = 1 for each noise sample, P^-1 included: the map from noise to data. */
  readonly whole: Float64Array
}

/** Largest over smallest singular value; Infinity for a singular matrix. */
function conditionOfMap(j: Matrix): number {
  const values = eigenvaluesSymmetric(transposedMultiply(j, j))
  const smallest = values[values.length - 1]
  return smallest > 0 ? Math.sqrt(values[0] / smallest) : Infinity
}

/** Sample `i` of the state [n, d + d d]: where it is and its Jacobian. */
function partsAt(state: NdArray, i: number, d: number): { x: Float32Array; j: Matrix } {
  const row = Float64Array.from(state.data.subarray(i * (d + d * d), (i + 1) * (d + d * d)), Number)
  return { x: Float32Array.from(row.subarray(0, d)), j: matrix(d, d, row.slice(d)) }
}

/** Columns of d P^-1(x + J h) / dh at h = 0 by central differences, which are exact to rounding for an affine P. */
async function throughInverse(
  fitted: FittedPreconditioner,
  { x, j }: { x: Float32Array; j: Matrix },
): Promise<Matrix> {
  const d = x.length
  const column = (k: number, sign: number): number[] =>
    Array.from(x, (value, row) => value + sign * STEP * j.data[row * d + k])
  const shifted = Array.from({ length: 2 * d }, (_, k) => column(k >> 1, k % 2 === 0 ? 1 : -1))
  const mapped = await fitted.invert(ndarray(Float32Array.from(shifted.flat()), [2 * d, ...fitted.features]))
  const result = matrix(d, d)
  for (let k = 0; k < d; k++) {
    for (let row = 0; row < d; row++) {
      result.data[row * d + k] =
        (mapped.data[2 * k * d + row] - mapped.data[(2 * k + 1) * d + row]) / (2 * STEP)
    }
  }
  return result
}

/** In units of the noise: small against what a nonlinear P bends, large against float32 rounding. */
const STEP = 1e-2

export interface TransportOptions {
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  /** Increasing path times from 0 to 1 at which to look; the two ends unless given. */
  readonly times?: readonly number[]
  /** Absolute and relative solver tolerance; 1e-5 by default. */
  readonly tolerance?: number
}

/** The state [x0, I] of each sample. */
function startingState(x0: Samples, d: number): NdArray {
  const [n] = x0.shape
  const width = d + d * d
  const state = new Float32Array(n * width)
  for (let i = 0; i < n; i++) {
    state.set(x0.data.subarray(i * d, (i + 1) * d), i * width)
    for (let k = 0; k < d; k++) state[i * width + d + k * (d + 1)] = 1
  }
  return ndarray(state, [n, width])
}

/** The states at each of `times`, solved from one to the next. */
async function statesAt(
  { parts }: Generator,
  x0: Samples,
  times: readonly number[],
  { tolerance = 1e-5, engine }: TransportOptions,
): Promise<NdArray[]> {
  const { field, parameters } = residentField(parts)
  const states = [startingState(x0, sizeOf(parts.features))]
  const spec = { field: withJacobian(field, parts.features), parameters, shape: states[0].shape }
  const solver = await compileSolver({ ...spec, method: dormandPrince }, engine)
  try {
    for (let k = 1; k < times.length; k++) {
      const span = { from: times[k - 1], to: times[k] }
      const tolerances = { relativeTolerance: tolerance, absoluteTolerance: tolerance }
      states.push((await solver.solve(states[k - 1], { ...span, ...tolerances })).x)
    }
  } finally {
    await solver.dispose()
  }
  return states
}

/**
 * Condition numbers of the generator's map at noise x0 [n, ...features], by the variational equation. The solver is adaptive:
 * near t = 1 an ill-conditioned flow moves along its narrow directions within a time of sqrt(lambda_min), which fixed steps
 * pass over. An evaluation costs d + 1 times what sampling costs: meant for few dimensions.
 * @throws WhitewaterError (usage) for a generator with labels
 */
export async function transportConditions(
  generator: Generator,
  x0: Samples,
  options: TransportOptions = {},
): Promise<TransportConditions> {
  const { labelCounts, features, preconditioner } = generator.parts
  if (labelCounts)
    throw usageError(
      'the transport map of a class-conditional generator depends on the label: train without labels',
    )
  const { times = [0, 1] } = options
  const d = sizeOf(features)
  const indices = Array.from({ length: x0.shape[0] }, (_, i) => i)
  const states = (await statesAt(generator, x0, times, options)).map((state) =>
    indices.map((i) => partsAt(state, i, d)),
  )
  const whole = new Float64Array(indices.length)
  for (const i of indices)
    whole[i] = conditionOfMap(await throughInverse(preconditioner, states[states.length - 1][i]))
  return {
    times,
    positions: states.map((state) => Float32Array.from(state.flatMap(({ x }) => [...x]))),
    flow: states.map((state) => Float64Array.from(state, ({ j }) => conditionOfMap(j))),
    whole,
  }
}
