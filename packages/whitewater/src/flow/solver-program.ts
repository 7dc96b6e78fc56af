// What the fixed-step and the adaptive driver share: the specification, symbolic inputs, and programs with resident state.
import {
  compile,
  dtypeOf,
  input,
  sameShape,
  type CompileOptions,
  type Data,
  type NdArray,
  type Program,
  type ProgramSpec,
  type Shape,
  type StateSpec,
  type Tensor,
} from '@whitewater/tensor'
import { failureError, usageError } from '../errors.ts'
import type { Field } from './field.ts'
import type { Tableau } from './tableau.ts'

/** A field, and the states that it moves. */
export interface FieldSpec {
  readonly field: Field
  /** Resident values that the field closes over, by name, without `next`. */
  readonly parameters?: Readonly<Record<string, StateSpec>>
  /** Shape of the state x, [n, ...features]. */
  readonly shape: Shape
  /** 'float32' unless given. */
  readonly dtype?: 'float32' | 'float64'
  /** Whether the field takes labels int32 [n]. */
  readonly labels?: boolean
}

export interface SolverSpec extends FieldSpec {
  readonly method: Tableau
  /** Fixed steps taken by one run of the program, at least 1; chosen by their size unless given. Costs time to compile. */
  readonly unroll?: number
}

/** What is solved for: the end of a path that begins at x0. */
export interface Span {
  /** In [0, 1], as `to`. */
  readonly from: number
  readonly to: number
  /** int32 [n]; required by a solver compiled with labels. */
  readonly labels?: NdArray
}

/** What to integrate, forwards or backwards. A fixed-step method takes `steps`; an adaptive one both tolerances, and `maxSteps` if you like. */
export interface SolveRequest extends Span {
  /** Steps of equal size, at least 1. */
  readonly steps?: number
  /** The error is the root mean square over the whole batch of error / (atol + rtol max(|x|, |x'|)). */
  readonly relativeTolerance?: number
  readonly absoluteTolerance?: number
  /** Attempted steps, rejected ones included, after which an adaptive method gives up; 10,000 unless given. */
  readonly maxSteps?: number
  /** Also return every state the solver steps through. */
  readonly trajectory?: boolean
}

export type Solve = (x0: NdArray, request: SolveRequest) => Promise<Solution>

export interface Trajectory {
  /** From `from` to `to`, both included. */
  readonly times: readonly number[]
  readonly states: readonly NdArray[]
}

export interface Solution {
  readonly x: NdArray
  /** Evaluations of the field, every one counted. */
  readonly evaluations: number
  readonly accepted: number
  readonly rejected: number
  readonly trajectory?: Trajectory
}

/** Programs that hold copies of the parameters and follow when one is written. */
export interface Residents {
  compile(spec: ProgramSpec): Promise<Program>
  write(name: string, data: Data): Promise<void>
  dispose(): Promise<void>
}

export function residents({ parameters = {} }: FieldSpec, options: CompileOptions): Residents {
  const values = new Map(Object.entries(parameters))
  const programs: Program[] = []
  for (const [name, { next }] of values) {
    if (next)
      throw usageError(`parameter '${name}' has a next value; a solver leaves its parameters as they are`)
  }
  return {
    async compile(spec) {
      const program = await compile(
        { ...spec, state: { ...Object.fromEntries(values), ...spec.state } },
        options,
      )
      programs.push(program)
      return program
    },
    async write(name, data) {
      const known = values.get(name)
      if (!known)
        throw usageError(`no parameter '${name}'; there is ${[...values.keys()].join(', ') || 'none'}`)
      await Promise.all(programs.map((program) => program.writeState(name, data)))
      values.set(name, { ...known, initial: data })
    },
    async dispose() {
      await Promise.all(programs.splice(0).map((program) => program.dispose()))
    },
  }
}

// Names that no parameter has.
export const X = 'solver:x'
export const K1 = 'solver:k1'
export const TIMES = 'solver:times'
export const H = 'solver:h'
export const TOLERANCES = 'solver:tolerances'
const LABELS = 'solver:labels'

export const dtypeOfSpec = ({ dtype = 'float32' }: FieldSpec): 'float32' | 'float64' => dtype

export const stateInput = (spec: FieldSpec, name: string): Tensor =>
  input(name, spec.shape, dtypeOfSpec(spec))

export const numbersInput = (spec: FieldSpec, name: string, count: number): Tensor =>
  input(name, [count], dtypeOfSpec(spec))

export const labelsInput = (spec: FieldSpec): Tensor | undefined =>
  spec.labels ? input(LABELS, [spec.shape[0]], 'int32') : undefined

/** The tensors that are there. */
export const present = (...tensors: readonly (Tensor | undefined)[]): Tensor[] =>
  tensors.filter((tensor) => tensor !== undefined)

export const numbers = (spec: FieldSpec, values: readonly number[]): Data =>
  dtypeOfSpec(spec) === 'float64' ? Float64Array.from(values) : Float32Array.from(values)

export const labelFeed = (labels: NdArray | undefined): Record<string, NdArray> =>
  labels ? { [LABELS]: labels } : {}

export const isCount = (value: number | undefined): value is number =>
  value !== undefined && Number.isSafeInteger(value) && value >= 1

/** @throws WhitewaterError (usage) for a state, times or labels that the solver was not compiled for */
function checkState(spec: FieldSpec, x0: NdArray, { from, to, labels }: Span): void {
  const { shape } = spec
  const dtype = dtypeOfSpec(spec)
  if (!sameShape(x0.shape, shape) || dtypeOf(x0.data) !== dtype) {
    throw usageError(
      `the state is ${dtypeOf(x0.data)} [${x0.shape.join(', ')}], the solver was compiled for ${dtype} [${shape.join(', ')}]`,
    )
  }
  for (const t of [from, to]) {
    if (!(t >= 0 && t <= 1)) throw usageError(`cannot integrate from ${from} to ${to}: times lie in [0, 1]`)
  }
  if (Boolean(labels) !== Boolean(spec.labels)) {
    throw usageError(
      labels
        ? 'labels are given to a solver compiled without; compile it with labels: true'
        : 'this solver was compiled with labels; give int32 labels, one a sample',
    )
  }
  if (labels && (!sameShape(labels.shape, [shape[0]]) || dtypeOf(labels.data) !== 'int32')) {
    throw usageError(
      `labels are ${dtypeOf(labels.data)} [${labels.shape.join(', ')}], expected int32 [${shape[0]}], one a sample`,
    )
  }
}

/** Jobs one after the other: programs keep their state between runs. */
function inTurn(): <T>(job: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve()
  return (job) => {
    const result = turn.then(job, job)
    turn = result
    return result
  }
}

/** A solver whose calls are answered one after the other, each checked first. */
export function serialSolver<Request extends Span>(
  spec: FieldSpec,
  resident: Residents,
  solve: (x0: NdArray, request: Request) => Promise<Solution>,
) {
  const queued = inTurn()
  return {
    solve: (x0: NdArray, request: Request): Promise<Solution> =>
      queued(async () => {
        checkState(spec, x0, request)
        return solve(x0, request)
      }),
    write: (name: string, data: Data): Promise<void> => queued(() => resident.write(name, data)),
    dispose: (): Promise<void> => queued(() => resident.dispose()),
  }
}

/** Throws a WhitewaterError where x holds something that is not a finite number. */
export function checkFinite(x: Data, t: number): void {
  for (const value of x) {
    if (!Number.isFinite(Number(value))) {
      throw failureError(
        `the state is not finite at t = ${t}; the field diverges there, or the steps are too large: take more steps`,
      )
    }
  }
}
