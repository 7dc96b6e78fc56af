// The trained flow as a map of arrays: compiled solvers, blocks of rows, and how fine the steps must be for a stated round-trip error.
import { float32Of, ndarray, sizeOf, type CompileOptions } from '@whitewater/tensor'
import { failureError, WhitewaterError } from '../../../errors.ts'
import { compileSolver, type Solver } from '../../../flow/integrate.ts'
import { isAdaptive, type Tableau } from '../../../flow/tableau.ts'
import type { Samples } from '../../preconditioner.ts'
import { residentField, type TrainedNetwork } from './network.ts'

/** How finely the flow is integrated, either way. */
export interface Steps {
  readonly method: Tableau
  /** Steps of a fixed-step method; the local tolerance, relative and absolute, of an adaptive one. */
  readonly fineness: number
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** Data to noise: P. */
export const BACKWARDS: Span = { from: 1, to: 0 }
/** Noise to data: P^-1. */
export const FORWARDS: Span = { from: 0, to: 1 }

/** What a solver takes. */
export const requestOf = ({ method, fineness }: Steps) =>
  isAdaptive(method) ? { relativeTolerance: fineness, absoluteTolerance: fineness } : { steps: fineness }

export interface Solved {
  readonly x: Samples
  /** Evaluations of the field for one sample. */
  readonly evaluations: number
}

/** Compiled solvers of one field, by number of rows, until `dispose`. */
export interface FlowMap {
  solve(x: Samples, labels: Int32Array | undefined, steps: Steps, span: Span): Promise<Solved>
  dispose(): Promise<void>
}

/** Values of a block's samples: hidden layers are a few hundred times as large. */
const BLOCK_VALUES = 2 ** 18

/** Rows solved at once: a power of two, so that few programs serve all numbers of samples. */
const rowsFor = (count: number, size: number): number =>
  2 **
  Math.min(Math.ceil(Math.log2(count)), Math.max(6, Math.min(12, Math.floor(Math.log2(BLOCK_VALUES / size)))))

/** `rows` rows from `start` on; past the end the rows repeat, which leaves an adaptive method's error as it is. */
function block({ data, shape: [count, ...features] }: Samples, start: number, rows: number): Samples {
  const size = sizeOf(features)
  const part = new Float32Array(rows * size)
  for (let row = 0; row < rows; row++) {
    const from = start + (row % Math.min(rows, count - start))
    part.set(data.subarray(from * size, (from + 1) * size), row * size)
  }
  return ndarray(part, [rows, ...features])
}

export function flowMap(trained: TrainedNetwork, engine?: CompileOptions): FlowMap {
  const solvers = new Map<string, Promise<Solver>>()
  const conditional = trained.classes !== undefined
  const solverFor = (shape: readonly number[], method: Tableau): Promise<Solver> => {
    const key = `${method.name} ${shape[0]}`
    const spec = { ...residentField(trained), shape, method, labels: conditional }
    const solver = solvers.get(key) ?? compileSolver(spec, engine)
    solvers.set(key, solver)
    return solver
  }
  return {
    async solve(x, labels, steps, span) {
      const [count, ...features] = x.shape
      const size = sizeOf(features)
      const rows = rowsFor(count, size)
      const result = new Float32Array(x.data.length)
      const solver = await solverFor([rows, ...features], steps.method)
      let evaluations = 0
      for (let start = 0; start < count; start += rows) {
        const used = Math.min(rows, count - start)
        const own = labels && Int32Array.from({ length: rows }, (_, row) => labels[start + (row % used)])
        const solved = await solver.solve(block(x, start, rows), {
          ...span,
          ...requestOf(steps),
          ...(own && { labels: ndarray(own, [rows]) }),
        })
        result.set(float32Of(solved.x.data).subarray(0, used * size), start * size)
        evaluations = Math.max(evaluations, solved.evaluations)
      }
      return { x: ndarray(result, x.shape), evaluations }
    },
    async dispose() {
      const all = [...solvers.values()]
      solvers.clear()
      for (const solver of all) await (await solver).dispose()
    },
  }
}

/**
 * Root mean square of P^-1(P(x)) - x, in units of the data's scale: x is scaled already.
 * Infinity where the flow cannot be solved that coarsely.
 */
export async function roundTrip(
  map: FlowMap,
  steps: Steps,
  { x, labels }: { readonly x: Samples; readonly labels?: Int32Array },
): Promise<number> {
  try {
    const there = await map.solve(x, labels, steps, BACKWARDS)
    const back = await map.solve(there.x, labels, steps, FORWARDS)
    const squares = x.data.reduce((sum, value, i) => sum + (back.x.data[i] - value) ** 2, 0)
    return Math.sqrt(squares / x.data.length)
  } catch (error) {
    if (error instanceof WhitewaterError && error.kind === 'failure') return Infinity
    throw error
  }
}

const MOST_STEPS = 512

/** Coarse to fine: half as many steps again or a third, or an eighth of the local tolerance down to what float32 can tell apart. */
function finenesses(method: Tableau, tolerance: number): number[] {
  if (!isAdaptive(method)) return [4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256, MOST_STEPS]
  return [1, 1 / 8, 1 / 64, 1 / 512].map((share) => share * tolerance).filter((local) => local >= 1e-8)
}

export interface Settled {
  readonly steps: Steps
  /** Measured, in units of the data's scale. */
  readonly roundTripError: number
}

/** Samples that were not measured err somewhat more. */
const TOLERANCE_SHARE = 0.5

/**
 * The coarsest steps whose round trip on the given samples errs by at most half the tolerance.
 * @throws WhitewaterError (failure) where no steps do
 */
export async function settle(
  map: FlowMap,
  method: Tableau,
  tolerance: number,
  probe: { readonly x: Samples; readonly labels?: Int32Array },
): Promise<Settled> {
  let best = Infinity
  for (const fineness of finenesses(method, tolerance)) {
    const steps = { method, fineness }
    const roundTripError = await roundTrip(map, steps, probe)
    if (roundTripError <= TOLERANCE_SHARE * tolerance) return { steps, roundTripError }
    best = Math.min(best, roundTripError)
  }
  const tried = isAdaptive(method) ? 'its finest local tolerance' : `up to ${MOST_STEPS} steps`
  const reached = best === Infinity ? 'no finite state' : best.toPrecision(2)
  throw failureError(
    `flow: a round-trip error of ${tolerance} cannot be met: ${method.name} with ${tried} reaches ${reached} (half of the tolerance is kept as a margin, and float32 itself ends near 1e-7); give a larger tolerance, or another method`,
  )
}
