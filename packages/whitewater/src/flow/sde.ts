// SDE samplers: dx = [v + (g^2 / 2) grad log p_t] dt + g dW from noise to data, in fixed steps. Its marginals are the flow's,
// whatever g is; noise corrects what the field got wrong earlier, at the price of more steps.
import {
  add,
  input,
  mul,
  ndarray,
  reshape,
  sizeOf,
  sliceAxis,
  sqrt,
  type CompileOptions,
  type Data,
  type NdArray,
  type Program,
  type ProgramSpec,
  type RandomStream,
  type Tensor,
} from '@whitewater/tensor'
import { unknownName, usageError } from '../errors.ts'
import { driftField, noiseRate, type Diffusion } from './diffusion.ts'
import { evaluateField, sameTime } from './field.ts'
import { gridPoint, gridSteps, stepsPerRun } from './fixed-steps.ts'
import { namesOf } from './named.ts'
import { noiseRows } from './noise.ts'
import type { Path } from './path.ts'
import { convertPrediction, dataPrediction, velocityPrediction } from './prediction.ts'
import { plus, times } from './scalar.ts'
import {
  checkFinite,
  checkState,
  dtypeOfSpec,
  H,
  inTurn,
  isCount,
  labelFeed,
  labelsInput,
  numbers,
  numbersInput,
  present,
  residents,
  stateInput,
  TIMES,
  X,
  type FieldSpec,
  type Residents,
  type Solution,
  type Span,
} from './solver-program.ts'
import { euler, heun } from './solvers.ts'
import { advance, stepOnce } from './step.ts'
import type { Tableau } from './tableau.ts'

/** A method for additive noise, as the Runge-Kutta method that it is without noise. */
export interface SdeMethod {
  readonly name: string
  /** Weak order: moments of the solution err by O(h^order). */
  readonly order: number
  /** Its nodes are 0 and 1: a stage at the end of the step has the step's whole noise. */
  readonly tableau: Tableau
}

/** Weak order 1, 1 evaluation a step. Maruyama (1955). */
export const eulerMaruyama: SdeMethod = { name: 'euler-maruyama', order: 1, tableau: euler }

/** Weak order 2 for additive noise, 2 evaluations a step, both with the same noise. Kloeden & Platen (1992), section 15.1. */
export const stochasticHeun: SdeMethod = { name: 'stochastic-heun', order: 2, tableau: heun }

export const sdeMethods: readonly SdeMethod[] = [eulerMaruyama, stochasticHeun]

/** @throws WhitewaterError (usage) for a name that there is not */
export function sdeMethodNamed(name: string): SdeMethod {
  const found = sdeMethods.find((method) => method.name === name)
  if (!found) throw unknownName('SDE method', name, namesOf(sdeMethods))
  return found
}

export interface SdeSpec extends FieldSpec {
  readonly path: Path
  readonly method: SdeMethod
  readonly diffusion: Diffusion
  /**
   * The last step to t = 1 has no noise, where the score has no bound: it follows the flow unless 'denoise', which jumps to
   * E[x1 | x_t] and so leaves out what variance is left given x_t.
   */
  readonly last?: 'flow' | 'denoise'
}

export interface SdeRequest extends Span {
  /** Steps of equal size, at least 1. */
  readonly steps: number
  /** The noise of a step depends on the stream's key, the step and the row alone. */
  readonly stream: RandomStream
  /** Number of the first row, where the state is a part of more rows; 0 unless given. */
  readonly firstRow?: number
  readonly trajectory?: boolean
}

/** A compiled SDE sampler for one field, method and shape. Calls are answered one after the other. */
export interface SdeSolver {
  /**
   * Follows x0 (of the compiled shape) from `from` to `to`, later than `from`.
   * @throws WhitewaterError 'usage' for a request it cannot honour; 'failure' when the state stops being finite
   */
  solve(x0: NdArray, request: SdeRequest): Promise<Solution>
  /** Replaces a resident parameter for all later solves. */
  write(name: string, data: Data): Promise<void>
  dispose(): Promise<void>
}

const NOISE = 'solver:noise'

export interface SdeStepInputs {
  readonly x: Tensor
  /** t + c_i h, one a stage. */
  readonly times: Tensor
  /** Positive. */
  readonly h: Tensor
  /** Standard normal, of x's shape. */
  readonly noise: Tensor
  readonly labels?: Tensor
}

/** x after one step with noise. */
export function sdeStep(
  { field, path, method, diffusion }: Pick<SdeSpec, 'field' | 'path' | 'method' | 'diffusion'>,
  { x, times: nodes, h, noise, labels }: SdeStepInputs,
): Tensor {
  const { nodes: c, matrix, weights } = method.tableau
  const drift = driftField(field, path, diffusion)
  const at = c.map((_, i) => sameTime(sliceAxis(nodes, 0, i, 1), x))
  const rate = weights
    .map((weight, i) => times(weight, noiseRate(path, diffusion, sliceAxis(nodes, 0, i, 1))))
    .reduce(plus)
  const jump = mul(noise, sqrt(mul(h, rate)))
  const slopes: Tensor[] = []
  c.forEach((node, i) => {
    const y = advance(x, h, matrix[i], slopes)
    slopes.push(evaluateField(drift, node === 1 ? add(y, jump) : y, at[i], labels))
  })
  return add(advance(x, h, weights, slopes), jump)
}

/** The programs' common inputs for `count` steps. */
function stepInputs(spec: SdeSpec, count: number) {
  const stages = spec.method.tableau.nodes.length
  const nodes = numbersInput(spec, TIMES, count * stages)
  const h = numbersInput(spec, H, count)
  const labels = labelsInput(spec)
  return {
    ...{ nodes, h, labels },
    at: (k: number) => ({
      times: sliceAxis(nodes, 0, k * stages, stages),
      h: sliceAxis(h, 0, k, 1),
      labels,
    }),
  }
}

interface Steps {
  readonly next: Tensor
  readonly program: ProgramSpec
}

function noisySteps(spec: SdeSpec, count: number): Steps {
  const x = stateInput(spec, X)
  const { nodes, h, labels, at } = stepInputs(spec, count)
  const noise = input(NOISE, [count, ...spec.shape], dtypeOfSpec(spec))
  let next = x
  for (let k = 0; k < count; k++) {
    const own = reshape(sliceAxis(noise, 0, k, 1), spec.shape)
    next = sdeStep(spec, { ...at(k), x: next, noise: own })
  }
  return { next, program: { inputs: present(nodes, h, noise, labels), state: { [X]: { current: x, next } } } }
}

/** The step that ends on the data. */
function lastStep(spec: SdeSpec): Steps {
  const x = stateInput(spec, X)
  const { nodes, h, labels, at } = stepInputs(spec, 1)
  const flow = () => stepOnce(spec.method.tableau, spec.field, { ...at(0), x })
  const denoise = () => {
    const t = sameTime(sliceAxis(nodes, 0, 0, 1), x)
    const p = evaluateField(spec.field, x, t, labels)
    return convertPrediction(spec.path, { from: velocityPrediction, to: dataPrediction }, { p, x, t })
  }
  const next = spec.last === 'denoise' ? denoise() : flow()
  return { next, program: { inputs: present(nodes, h, labels), state: { [X]: { current: x, next } } } }
}

function noiseFeed(spec: SdeSpec, { stream, firstRow = 0 }: SdeRequest, start: number, count: number): Data {
  const [rows, ...features] = spec.shape
  const size = rows * sizeOf(features)
  const noise =
    dtypeOfSpec(spec) === 'float64' ? new Float64Array(count * size) : new Float32Array(count * size)
  for (let k = 0; k < count; k++)
    noise.set(noiseRows(stream.split(`step ${start + k}`), firstRow, rows, sizeOf(features)), k * size)
  return noise
}

function checkRequest({ method }: SdeSpec, { from, to, steps }: SdeRequest): void {
  if (!isCount(steps))
    throw usageError(`${method.name} got ${steps as number} steps, expected a positive integer`)
  if (!(from < to))
    throw usageError(
      `${method.name} cannot go from ${from} to ${to}: it adds noise on the way to the data; take an ODE solver to go back`,
    )
}

function sampler(spec: SdeSpec, resident: Residents) {
  const stages = spec.method.tableau.nodes.length
  const perRun = stepsPerRun(noisySteps(spec, 1).next)
  const programs = new Map<string, Promise<Program>>()
  const programFor = (name: string, steps: () => Steps): Promise<Program> => {
    const program = programs.get(name) ?? resident.compile(steps().program)
    programs.set(name, program)
    return program
  }
  return async (x0: NdArray, request: SdeRequest): Promise<Solution> => {
    checkRequest(spec, request)
    const { steps, to, labels, trajectory } = request
    const noisy = to === 1 ? steps - 1 : steps
    const most = trajectory ? 1 : perRun
    const states: NdArray[] = [ndarray<Data>(x0.data.slice(), x0.shape)]
    let x: Data = x0.data
    let before: Program | undefined
    for (let done = 0; done < steps;) {
      const last = done === noisy
      const count = last ? 1 : Math.min(most, noisy - done)
      const program = await (last
        ? programFor('last', () => lastStep(spec))
        : programFor(String(count), () => noisySteps(spec, count)))
      if (program !== before) await program.writeState(X, before ? await before.readState(X) : x)
      const grid = gridSteps(spec.method.tableau, request, done, count)
      await program.run({
        [TIMES]: numbers(spec, grid.times),
        [H]: numbers(spec, grid.sizes),
        ...(!last && { [NOISE]: noiseFeed(spec, request, done, count) }),
        ...labelFeed(labels),
      })
      before = program
      done += count
      if (trajectory) states.push(ndarray(await program.readState(X), x0.shape))
    }
    if (before) x = await before.readState(X)
    checkFinite(x, to)
    const ofLast = spec.last === 'denoise' ? 1 : stages
    return {
      x: ndarray(x, x0.shape),
      evaluations: noisy * stages + (steps - noisy) * ofLast,
      accepted: steps,
      rejected: 0,
      ...(trajectory && {
        trajectory: { times: states.map((_, k) => gridPoint(request, steps, k)), states },
      }),
    }
  }
}

/** Compiles an SDE sampler for one shape. @throws WhitewaterError when the field does not keep the shape of the state */
export function compileSde(spec: SdeSpec, options: CompileOptions = {}): Promise<SdeSolver> {
  const resident = residents(spec, options)
  const solve = sampler(spec, resident)
  const queued = inTurn()
  return Promise.resolve({
    solve: (x0, request) =>
      queued(() => {
        checkState(spec, x0, request)
        return solve(x0, request)
      }),
    write: (name, data) => queued(() => resident.write(name, data)),
    dispose: () => queued(() => resident.dispose()),
  })
}
