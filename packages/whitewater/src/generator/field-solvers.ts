// The solvers of a generator's field: compiled once for each number of rows, method and guidance, and kept.
import {
  float32Of,
  ndarray,
  randomStream,
  type CompileOptions,
  type Data,
  type NdArray,
} from '@whitewater/tensor'
import { unknownName, usageError } from '../errors.ts'
import { diffusionNamed } from '../flow/diffusion.ts'
import { guidedField } from '../flow/guidance.ts'
import { compileSolver, type Solution } from '../flow/integrate.ts'
import type { Choice } from '../kinds/named-kind.ts'
import type { Path } from '../flow/path.ts'
import { sdeMethods, type SdeMethod } from '../flow/sde-methods.ts'
import { compileSde } from '../flow/sde.ts'
import type { FieldSpec } from '../flow/solver-spec.ts'
import { solverNamed, solvers } from '../flow/solvers.ts'
import { isAdaptive, type Tableau } from '../flow/tableau.ts'
import { namedParts } from '../nn/scope.ts'
import { parameterName } from '../nn/weights.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import { residentField, type GeneratorParts } from './parts.ts'

/** How the field is integrated. */
export interface SolveOptions {
  /** Weight w of classifier-free guidance, (1 + w) c - w u; 0 is none. */
  readonly guidance?: number
  /** ODE solver or SDE sampler by name; 'heun' unless given. */
  readonly method?: string
  /** Noise that an SDE sampler adds: `{ kind: 'sigma', strength: 1 }` unless given. */
  readonly diffusion?: Choice
  /** Steps of a fixed-step method, 50 unless given. */
  readonly steps?: number
  /** Tolerance of an adaptive method, relative and absolute, 1e-4 unless given. */
  readonly tolerance?: number
}

/** From where to where, and for which rows of all that are solved. */
export interface SolveSpan {
  readonly from: number
  readonly to: number
  /** Seed of an SDE sampler's noise; 0 unless given. */
  readonly seed?: number
  /** Number of the first row; 0 unless given. */
  readonly firstRow?: number
}

/** Compiled solvers over one generator's weights, until `dispose`. */
export interface FieldSolvers {
  /** The learned flow between two times, in the space that it was trained in. */
  solve(
    x: Samples,
    labels: Int32Array | undefined,
    span: SolveSpan,
    options: SolveOptions,
  ): Promise<Solution & { readonly x: Samples }>
  /** Goes on with other weights of the same network. */
  load(weights: Float32Array): Promise<void>
  dispose(): Promise<void>
}

/** Each solver takes what it can honour; asking a fixed-step method for a tolerance is an error of its own. */
export function requested(method: Tableau, { steps, tolerance }: SolveOptions) {
  if (!isAdaptive(method)) return { steps: fixedSteps(method.name, { steps, tolerance }) }
  if (steps !== undefined)
    throw usageError(`${method.name} chooses its own steps; give a tolerance, or choose a fixed-step method`)
  const both = tolerance ?? 1e-4
  return { relativeTolerance: both, absoluteTolerance: both }
}

function fixedSteps(name: string, { steps = 50, tolerance }: SolveOptions): number {
  if (tolerance === undefined) return steps
  throw usageError(`${name} takes steps, not a tolerance; give steps, or choose an adaptive method`)
}

const asSamples = ({ data, shape }: NdArray): Samples => ndarray(float32Of(data), shape)

/** One compiled integrator, of either sort. */
interface Compiled {
  solve(x: Samples, labels: NdArray | undefined, span: SolveSpan, options: SolveOptions): Promise<Solution>
  write(name: string, data: Data): Promise<void>
  dispose(): Promise<void>
}

async function compileOde(spec: FieldSpec, method: Tableau, engine: CompileOptions): Promise<Compiled> {
  const solver = await compileSolver({ ...spec, method }, engine)
  return {
    ...solver,
    solve: (x, labels, { from, to }, options) =>
      solver.solve(x, { from, to, labels, ...requested(method, options) }),
  }
}

async function compileStochastic(
  spec: FieldSpec & { readonly path: Path },
  method: SdeMethod,
  choice: Choice,
  engine: CompileOptions,
): Promise<Compiled> {
  const diffusion = diffusionNamed(choice)
  const sampler = await compileSde({ ...spec, method, diffusion }, engine)
  return {
    ...sampler,
    solve(x, labels, { from, to, seed = 0, firstRow }, options) {
      const stream = randomStream(seed).split('diffusion')
      return sampler.solve(x, { from, to, labels, firstRow, stream, steps: fixedSteps(method.name, options) })
    },
  }
}

function compileFor(
  parts: GeneratorParts,
  rows: number,
  { method = 'heun', guidance = 0, diffusion }: SolveOptions,
  engine: CompileOptions,
): Promise<Compiled> {
  const { features, labelCounts, form } = parts
  const { field, parameters } = residentField(parts)
  const spec = {
    field: labelCounts ? guidedField(field, { weight: guidance, classes: labelCounts.length }) : field,
    parameters,
    shape: [rows, ...features],
    labels: labelCounts !== undefined,
  }
  const stochastic = sdeMethods.find(({ name }) => name === method)
  if (stochastic)
    return compileStochastic({ ...spec, path: form.path }, stochastic, diffusion ?? { kind: 'sigma' }, engine)
  if (diffusion)
    throw usageError(
      `${method} adds no noise: leave out the diffusion, or choose ${sdeMethods.map(({ name }) => name).join(' or ')}`,
    )
  if (!samplerNames.includes(method)) throw unknownName('solver', method, samplerNames)
  return compileOde(spec, solverNamed(method), engine)
}

/** What `method` takes. */
export const samplerNames: readonly string[] = [...solvers, ...sdeMethods].map(({ name }) => name)

export function fieldSolvers(parts: GeneratorParts, engine: CompileOptions): FieldSolvers {
  let current = parts
  const compiled = new Map<string, Promise<Compiled>>()
  return {
    async solve(x, labels, span, options) {
      const { method, guidance, diffusion } = options
      const key = JSON.stringify([x.shape[0], method, labels ? guidance : 0, diffusion])
      const pending = compiled.get(key) ?? compileFor(current, x.shape[0], options, engine)
      compiled.set(key, pending)
      pending.catch(() => compiled.delete(key))
      const given = labels && ndarray(labels, [labels.length])
      const solution = await (await pending).solve(x, given, span, options)
      return { ...solution, x: asSamples(solution.x) }
    },
    async load(weights) {
      current = { ...current, weights }
      const values = [...namedParts(current.parameters, weights)]
      for (const pending of compiled.values()) {
        const solver = await pending
        for (const [name, { data }] of values) await solver.write(parameterName(name), data)
      }
    },
    async dispose() {
      const all = [...compiled.values()]
      compiled.clear()
      for (const solver of all) await (await solver).dispose()
    },
  }
}
