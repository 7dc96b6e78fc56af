// The density of a generator's flow in the space that it was trained in: ln p~(x~) = ln N(x0; 0, I) + log |det d x0 / d x~|, solved from
// t = 1 back to 0.
import { input, ndarray, randomStream, sizeOf, type StateSpec } from '@whitewater/tensor'
import { compileSolver } from '../flow/integrate.ts'
import {
  drawProbe,
  normalLogDensity,
  withDivergence,
  type ProbeKind,
  type Trace,
} from '../flow/likelihood.ts'
import { solverNamed } from '../flow/solvers.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import { requested, type SolveOptions } from './field-solvers.ts'
import type { Generator } from './generator.ts'
import { residentField } from './parts.ts'

/** How to solve for it; all choices made. */
export interface DensityPlan extends Pick<SolveOptions, 'steps' | 'tolerance'> {
  readonly trace: Trace['trace']
  /** Probes of Hutchinson's estimate; 0 for the exact trace. */
  readonly probes: number
  readonly probe: ProbeKind
  readonly method: string
  readonly seed: number
  /** Samples solved at once. */
  readonly rows: number
}

export interface Densities {
  /** ln p~, [n, columns]: one column for the exact trace, one a probe for Hutchinson's. */
  readonly values: Float64Array
  readonly columns: number
  readonly evaluations: number
}

/** A compiled solver of field and divergence, until `dispose`. */
export interface FlowDensity {
  /** @param x [n, ...features] in the space of the flow; labels are the field's */
  at(x: Samples, labels?: Int32Array, onProgress?: (done: number) => void): Promise<Densities>
  dispose(): Promise<void>
}

const probeName = (k: number): string => `likelihood:probe ${k}`

/** The augmented field over resident weights and probes. */
function specOf({ parts }: Generator, { trace, probes: count, rows, method }: DensityPlan) {
  const { features, labelCounts } = parts
  const { field, parameters } = residentField(parts)
  const probes = Array.from({ length: count }, (_, k) => input(probeName(k), [rows, ...features]))
  const size = sizeOf(features)
  const resident = probes.map((current, k): [string, StateSpec] => [
    probeName(k),
    { current, initial: new Float32Array(rows * size) },
  ])
  return {
    field: withDivergence(field, features, trace === 'exact' ? { trace } : { trace, probes }),
    parameters: { ...parameters, ...Object.fromEntries(resident) },
    shape: [rows, size + Math.max(1, count)],
    labels: labelCounts !== undefined,
    method: solverNamed(method),
  }
}

/** The states [x~, 0] of `rows` samples from `start` on; past the end they repeat, which leaves an adaptive method's error as it is. */
function statesFrom({ data, shape: [n] }: Samples, start: number, [rows, width]: readonly number[]) {
  const size = data.length / n
  const used = Math.min(rows, n - start)
  const state = new Float32Array(rows * width)
  for (let row = 0; row < rows; row++) {
    const from = (start + (row % used)) * size
    state.set(data.subarray(from, from + size), row * width)
  }
  return { state, used }
}

export async function flowDensity(generator: Generator, plan: DensityPlan): Promise<FlowDensity> {
  const spec = specOf(generator, plan)
  const solver = await compileSolver(spec, generator.engine)
  const request = { from: 1, to: 0, ...requested(spec.method, plan) }
  const stream = randomStream(plan.seed).split('probes')
  const { rows, probes: count } = plan
  const [, width] = spec.shape
  const columns = Math.max(1, count)
  const size = width - columns
  const writeProbes = async (start: number): Promise<void> => {
    for (let k = 0; k < count; k++)
      await solver.write(probeName(k), drawProbe(stream.split(`${start} ${k}`), rows * size, plan.probe))
  }
  return {
    async at(x, labels, onProgress) {
      const [n] = x.shape
      const values = new Float64Array(n * columns)
      let evaluations = 0
      for (let start = 0; start < n; start += rows) {
        const { state, used } = statesFrom(x, start, spec.shape)
        await writeProbes(start)
        const own = labels && Int32Array.from({ length: rows }, (_, row) => labels[start + (row % used)])
        const given = own && { labels: ndarray(own, [rows]) }
        const solved = await solver.solve(ndarray(state, spec.shape), { ...request, ...given })
        for (let row = 0; row < used; row++) {
          const end = Float64Array.from(solved.x.data.subarray(row * width, (row + 1) * width), Number)
          const base = normalLogDensity(end.subarray(0, size))
          for (let k = 0; k < columns; k++) values[(start + row) * columns + k] = base + end[size + k]
        }
        evaluations = Math.max(evaluations, solved.evaluations)
        onProgress?.(start + used)
      }
      return { values, columns, evaluations }
    },
    dispose: () => solver.dispose(),
  }
}
