// SDE samplers: from noise to data in fixed steps with noise added on the way (sde-steps.ts). The marginals are the flow's,
// whatever the diffusion is; noise corrects what the field got wrong earlier, at the price of more steps.
import {
  ndarray,
  sizeOf,
  type CompileOptions,
  type Data,
  type NdArray,
  type Program,
  type RandomStream,
} from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { gridPoint, gridSteps, stepsPerRun } from './fixed-steps.ts'
import { noiseRows } from './noise.ts'
import { lastStep, noisySteps, type SdeSpec } from './sde-steps.ts'
import { isCount, type Span } from './request.ts'
import { residents, type Residents } from './resident-programs.ts'
import { serialSolver } from './serial-solver.ts'
import { checkFinite, type Solution } from './solution.ts'
import { solverFeed, stateNames } from './solver-inputs.ts'
import { dtypeOfSpec } from './solver-spec.ts'

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

function noiseOf(spec: SdeSpec, { stream, firstRow = 0 }: SdeRequest, start: number, count: number): Data {
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

/** The steps of one run: `start` .. `start + count - 1`, and whether it is the last step to the data. */
interface Run {
  readonly start: number
  readonly count: number
  readonly last: boolean
}

/** Runs of at most `most` steps; the step that ends at t = 1 is a run of its own. */
function runsOf({ steps, to }: SdeRequest, most: number): Run[] {
  const noisy = to === 1 ? steps - 1 : steps
  const runs = Array.from({ length: Math.ceil(noisy / most) }, (_, k) => ({
    start: k * most,
    count: Math.min(most, noisy - k * most),
    last: false,
  }))
  return noisy === steps ? runs : [...runs, { start: noisy, count: 1, last: true }]
}

function counted({ method, last }: SdeSpec, runs: readonly Run[]) {
  const stages = method.tableau.nodes.length
  const evaluations = runs.map((run) => run.count * (run.last && last === 'denoise' ? 1 : stages))
  return {
    evaluations: evaluations.reduce((sum, count) => sum + count, 0),
    accepted: runs.reduce((sum, { count }) => sum + count, 0),
    rejected: 0,
  }
}

type Solve = (x0: NdArray, request: SdeRequest) => Promise<Solution>

/** Programs of other step counts are compiled when they are needed. */
async function sampler(spec: SdeSpec, resident: Residents): Promise<Solve> {
  const perRun = stepsPerRun(noisySteps(spec, 1).next)
  const programs = new Map<string, Promise<Program>>()
  const programFor = ({ count, last }: Omit<Run, 'start'>): Promise<Program> => {
    const key = last ? 'last' : String(count)
    const program =
      programs.get(key) ?? resident.compile((last ? lastStep(spec) : noisySteps(spec, count)).program)
    programs.set(key, program)
    return program
  }
  await programFor({ count: perRun, last: false })

  return async (x0, request) => {
    checkRequest(spec, request)
    const runs = runsOf(request, request.trajectory ? 1 : perRun)
    const states: NdArray[] = [ndarray<Data>(x0.data.slice(), x0.shape)]
    let before: Program | undefined
    for (const run of runs) {
      const program = await programFor(run)
      if (program !== before)
        await program.writeState(stateNames.x, (await before?.readState(stateNames.x)) ?? x0.data)
      const grid = gridSteps(spec.method.tableau, request, run.start, run.count)
      const noise = run.last ? undefined : noiseOf(spec, request, run.start, run.count)
      await program.run(solverFeed(spec, { ...grid, noise, labels: request.labels }))
      before = program
      if (request.trajectory) states.push(ndarray(await program.readState(stateNames.x), x0.shape))
    }
    const x = (await before?.readState(stateNames.x)) ?? x0.data
    checkFinite(x, request.to)
    const times = states.map((_, k) => gridPoint(request, request.steps, k))
    return {
      x: ndarray(x, x0.shape),
      ...counted(spec, runs),
      ...(request.trajectory && { trajectory: { times, states } }),
    }
  }
}

/** Compiles an SDE sampler for one shape. @throws WhitewaterError when the field does not keep the shape of the state */
export async function compileSde(spec: SdeSpec, options: CompileOptions = {}): Promise<SdeSolver> {
  const resident = residents(spec, options)
  return serialSolver(spec, resident, await sampler(spec, resident))
}
