// The solvers of a generator's field: compiled once for each number of rows, method and guidance, and kept.
import { ndarray, type CompileOptions, type NdArray } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { guidedField } from '../flow/guidance.ts'
import { compileSolver, type Solution, type Solver } from '../flow/integrate.ts'
import { heun, solverNamed } from '../flow/solvers.ts'
import { isAdaptive, type Tableau } from '../flow/tableau.ts'
import { namedParts } from '../nn/scope.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import { parameterName, residentField, type GeneratorParts } from './parts.ts'

/** How the field is integrated. */
export interface SolveOptions {
  /** Weight w of classifier-free guidance, (1 + w) c - w u; 0 is none. */
  readonly guidance?: number
  /** Solver by name; 'heun' unless given. */
  readonly method?: string
  /** Steps of a fixed-step method, 50 unless given. */
  readonly steps?: number
  /** Tolerance of an adaptive method, relative and absolute, 1e-4 unless given. */
  readonly tolerance?: number
}

/** Compiled solvers over one generator's weights, until `dispose`. */
export interface FieldSolvers {
  /** The learned flow between two times, in the space that it was trained in. */
  solve(
    x: Samples,
    labels: Int32Array | undefined,
    span: { readonly from: number; readonly to: number },
    options: SolveOptions,
  ): Promise<Solution & { readonly x: Samples }>
  /** Goes on with other weights of the same network. */
  load(weights: Float32Array): Promise<void>
  dispose(): Promise<void>
}

/** Each solver takes what it can honour; asking a fixed-step method for a tolerance is an error of its own. */
function requested(method: Tableau, { steps, tolerance }: SolveOptions) {
  if (!isAdaptive(method)) {
    if (tolerance !== undefined)
      throw usageError(
        `${method.name} takes steps, not a tolerance; give steps, or choose an adaptive method`,
      )
    return { steps: steps ?? 50 }
  }
  if (steps !== undefined)
    throw usageError(`${method.name} chooses its own steps; give a tolerance, or choose a fixed-step method`)
  const both = tolerance ?? 1e-4
  return { relativeTolerance: both, absoluteTolerance: both }
}

export function asSamples({ data, shape }: NdArray): Samples {
  if (!(data instanceof Float32Array)) throw new TypeError('the solver works in float32')
  return ndarray(data, shape)
}

function compileFor(
  parts: GeneratorParts,
  { rows, method, guidance }: { rows: number; method: Tableau; guidance: number },
  engine: CompileOptions,
): Promise<Solver> {
  const { features, labelCounts } = parts
  const { field, parameters } = residentField(parts)
  return compileSolver(
    {
      field: labelCounts ? guidedField(field, { weight: guidance, classes: labelCounts.length }) : field,
      parameters,
      shape: [rows, ...features],
      labels: labelCounts !== undefined,
      method,
    },
    engine,
  )
}

export function fieldSolvers(parts: GeneratorParts, engine: CompileOptions): FieldSolvers {
  let current = parts
  const solvers = new Map<string, Promise<Solver>>()
  return {
    async solve(x, labels, span, options) {
      const method = options.method === undefined ? heun : solverNamed(options.method)
      const request = requested(method, options)
      const guidance = labels ? (options.guidance ?? 0) : 0
      const rows = x.shape[0]
      const key = `${rows} ${method.name} ${guidance}`
      const pending = solvers.get(key) ?? compileFor(current, { rows, method, guidance }, engine)
      solvers.set(key, pending)
      const given = labels && { labels: ndarray(labels, [labels.length]) }
      const solution = await (await pending).solve(x, { ...span, ...given, ...request })
      return { ...solution, x: asSamples(solution.x) }
    },
    async load(weights) {
      current = { ...current, weights }
      const values = [...namedParts(current.parameters, weights)]
      for (const pending of solvers.values()) {
        const solver = await pending
        for (const [name, { data }] of values) await solver.write(parameterName(name), data)
      }
    },
    async dispose() {
      const all = [...solvers.values()]
      solvers.clear()
      for (const solver of all) await (await solver).dispose()
    },
  }
}
