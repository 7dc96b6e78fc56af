// Fixed steps: the grid is uniform, and one run of the compiled program takes several steps.
import {
  ndarray,
  simplify,
  sizeOf,
  sliceAxis,
  type Data,
  type NdArray,
  type Program,
  type ProgramSpec,
  type Tensor,
} from '@whitewater/tensor'
import { fixedRequest, type SolveRequest } from './request.ts'
import type { Residents } from './resident-programs.ts'
import { checkFinite, type Solve } from './solution.ts'
import { present, solverFeed, solverInputs, stateNames } from './solver-inputs.ts'
import type { SolverSpec } from './solver-spec.ts'
import { stepOnce } from './step.ts'
import { evaluationsPerStep, type Tableau } from './tableau.ts'

/** x after `count` steps, and the program that leaves it in its state: times [count * stages], h [count]. */
function fixedProgram(
  spec: SolverSpec,
  count: number,
): { readonly next: Tensor; readonly program: ProgramSpec } {
  const { method, field } = spec
  const stages = method.nodes.length
  const { x, labels, ...symbols } = solverInputs(spec)
  const h = symbols.sizes(count)
  const times = symbols.times(count * stages)
  let next = x
  for (let k = 0; k < count; k++) {
    const inputs = { times: sliceAxis(times, 0, k * stages, stages), h: sliceAxis(h, 0, k, 1), labels }
    next = stepOnce(method, field, { ...inputs, x: next })
  }
  return {
    next,
    program: { inputs: present(times, h, labels), state: { [stateNames.x]: { current: x, next } } },
  }
}

const MOST_STEPS_A_RUN = 8
/** Elements that may be touched, and nodes that may be made, for the sake of fewer runs. */
const MOST_ELEMENTS = 2 ** 19
const MOST_NODES = 4000

/**
 * How many steps one run takes. A run costs about 40 us by itself, which only small steps notice, so small steps are put
 * together until they touch half a million elements; more than 8 gain little and take long to compile.
 */
export function stepsPerRun(next: Tensor): number {
  const seen = new Set<Tensor>()
  const pending = simplify([next])
  let elements = 0
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (seen.has(tensor)) continue
    seen.add(tensor)
    elements += sizeOf(tensor.shape)
    pending.push(...tensor.inputs)
  }
  return Math.max(
    1,
    Math.min(MOST_STEPS_A_RUN, Math.floor(Math.min(MOST_ELEMENTS / elements, MOST_NODES / seen.size))),
  )
}

type Ends = Pick<SolveRequest, 'from' | 'to'>

/** The grid's point `index` of `steps`; the ends are exact. */
export const gridPoint = ({ from, to }: Ends, steps: number, index: number): number =>
  index === steps ? to : from + ((to - from) * index) / steps

/** Sizes [count] and stage times [count * stages] of the steps start .. start + count - 1. */
export function gridSteps(
  { nodes }: Tableau,
  { steps, ...ends }: Ends & { readonly steps: number },
  start = 0,
  count = steps,
) {
  const times: number[] = []
  const sizes: number[] = []
  for (let k = start; k < start + count; k++) {
    const t = gridPoint(ends, steps, k)
    const end = gridPoint(ends, steps, k + 1)
    sizes.push(end - t)
    times.push(...nodes.map((c) => (c === 1 ? end : t + c * (end - t))))
  }
  return { times, sizes }
}

/** The solver of a method without an embedded solution. Programs of other step counts are compiled when they are needed. */
export async function fixedSteps(spec: SolverSpec, resident: Residents): Promise<Solve> {
  const perRun = spec.unroll ?? stepsPerRun(fixedProgram(spec, 1).next)
  const programs = new Map<number, Promise<Program>>()
  const programFor = (count: number): Promise<Program> => {
    const program = programs.get(count) ?? resident.compile(fixedProgram(spec, count).program)
    programs.set(count, program)
    return program
  }
  await programFor(perRun)

  return async (x0, given) => {
    const request = fixedRequest(spec.method, given)
    const { steps, to, labels, trajectory } = request
    const most = trajectory ? 1 : perRun
    const states: NdArray[] = [ndarray<Data>(x0.data.slice(), x0.shape)]
    let program = await programFor(Math.min(most, steps))
    await program.writeState(stateNames.x, x0.data)
    for (let done = 0; done < steps; done += most) {
      const count = Math.min(most, steps - done)
      const before = program
      program = await programFor(count)
      if (program !== before) await program.writeState(stateNames.x, await before.readState(stateNames.x))
      const { times, sizes } = gridSteps(spec.method, request, done, count)
      await program.run(solverFeed(spec, { times, sizes, labels }))
      if (trajectory) states.push(ndarray(await program.readState(stateNames.x), x0.shape))
    }
    const x = await program.readState(stateNames.x)
    checkFinite(x, to)
    const counts = { evaluations: steps * evaluationsPerStep(spec.method), accepted: steps, rejected: 0 }
    const times = states.map((_, index) => gridPoint(request, steps, index))
    return { x: ndarray(x, x0.shape), ...counts, ...(trajectory && { trajectory: { times, states } }) }
  }
}
