// The integrator of dx/dt = v(x, t, y), forwards and backwards: checks a request and hands it to the method's kind of steps.
import { dtypeOf, type CompileOptions, type Data, type NdArray } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { adaptiveSteps } from './adaptive-steps.ts'
import { fixedSteps } from './fixed-steps.ts'
import { isCount, type SolveRequest } from './request.ts'
import { residents } from './resident-programs.ts'
import { serialSolver } from './serial-solver.ts'
import type { Solution } from './solution.ts'
import type { SolverSpec } from './solver-spec.ts'
import { isAdaptive } from './tableau.ts'

export type { SolveRequest } from './request.ts'
export type { Solution, Trajectory } from './solution.ts'
export type { SolverSpec } from './solver-spec.ts'

/** A compiled integrator for one field, method and shape. Calls are answered one after the other. */
export interface Solver {
  /**
   * Integrates x0 (of the compiled shape) from `from` to `to`; lands exactly on `to`.
   * @throws WhitewaterError 'usage' for a request this method cannot honour; 'failure' when the state stops being
   * finite, the step size underflows or the step budget is spent
   */
  solve(x0: NdArray, request: SolveRequest): Promise<Solution>
  /** Replaces a resident parameter for all later solves. */
  write(name: string, data: Data): Promise<void>
  dispose(): Promise<void>
}

function checkUnroll({ method, unroll = 1 }: SolverSpec): void {
  if (!isCount(unroll)) throw usageError(`unroll is ${unroll as number}, expected a positive integer`)
  if (unroll > 1 && isAdaptive(method)) {
    throw usageError(
      `${method.name} decides after every step, so ${unroll} cannot go in one run; leave out unroll`,
    )
  }
}

/**
 * Compiles a solver for one shape. A whole Runge-Kutta step, or several, is one run of a program that keeps the state.
 * @throws WhitewaterError when the field does not keep the shape of the state
 */
export async function compileSolver(spec: SolverSpec, options: CompileOptions = {}): Promise<Solver> {
  checkUnroll(spec)
  const { method } = spec
  const resident = residents(spec, options)
  const solve = await (isAdaptive(method)
    ? adaptiveSteps({ ...spec, method }, resident)
    : fixedSteps(spec, resident))
  return serialSolver(spec, resident, solve)
}

export type IntegrateSpec = Omit<SolverSpec, 'shape' | 'dtype' | 'labels'> & SolveRequest

/** Compiles, solves once and disposes. Shape and dtype are those of x0. Throws what `compileSolver` and `solve` throw. */
export async function integrate(
  x0: NdArray,
  { field, parameters, method, unroll = 1, ...request }: IntegrateSpec,
  options: CompileOptions = {},
): Promise<Solution> {
  const dtype = dtypeOf(x0.data)
  if (dtype !== 'float32' && dtype !== 'float64')
    throw usageError(`the state is ${dtype}, expected float32 or float64`)
  const labels = request.labels !== undefined
  const spec = { field, parameters, method, unroll, shape: x0.shape, dtype, labels }
  const solver = await compileSolver(spec, options)
  return solver.solve(x0, request).finally(() => solver.dispose())
}
