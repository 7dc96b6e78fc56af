// A trained generator: noise -> solver -> P^-1 -> samples (steps 5-7 of Algorithm 1).
import { input, ndarray, sizeOf, type CompileOptions, type NdArray, type StateSpec } from '@whitewater/tensor'
import type { Field } from '../flow/field.ts'
import { guidedField } from '../flow/guidance.ts'
import { compileSolver, type Solution, type Solver } from '../flow/integrate.ts'
import { heun, solverNamed } from '../flow/solvers.ts'
import { isAdaptive, type Tableau } from '../flow/tableau.ts'
import { usageError } from '../errors.ts'
import type { FieldNetwork } from '../nn/network.ts'
import { bound, lookUp, namedParts, type Parameter } from '../nn/scope.ts'
import type { FittedPreconditioner, Samples } from '../precondition/preconditioner.ts'
import { drawLabels, noiseFor } from './draws.ts'

export interface GeneratorParts {
  readonly field: FieldNetwork
  readonly preconditioner: FittedPreconditioner
  /** Shape of one sample. */
  readonly features: readonly number[]
  /** Training samples of each class; absent for an unconditional generator. */
  readonly labelCounts?: readonly number[]
  readonly parameters: readonly Parameter[]
  /** Flat weights that samples are drawn with: the moving average. */
  readonly weights: Float32Array
}

export interface SampleOptions {
  readonly seed?: number
  /** int32 [count] in 0..classes-1; drawn like the training labels unless given. */
  readonly labels?: Int32Array
  /** Weight w of classifier-free guidance, (1 + w) c - w u; 0 is none. */
  readonly guidance?: number
  /** Solver by name; 'heun' unless given. */
  readonly method?: string
  /** Steps of a fixed-step method, 50 unless given. */
  readonly steps?: number
  /** Tolerance of an adaptive method, relative and absolute, 1e-4 unless given. */
  readonly tolerance?: number
  /** Samples solved at once. */
  readonly batch?: number
  readonly onProgress?: (done: number, count: number) => void
}

export interface Generated {
  readonly samples: Samples
  readonly labels?: Int32Array
  /** Evaluations of the field for one sample; P^-1 costs none where it is linear. */
  readonly evaluations: number
}

/** Where each batch starts, and its rows. */
function batches(count: number, { batch = 1024 }: Pick<SampleOptions, 'batch'>) {
  return Array.from({ length: Math.ceil(count / batch) }, (_, k) => ({
    start: k * batch,
    rows: Math.min(batch, count - k * batch),
  }))
}

/** Owns compiled solvers and the preconditioner's programs until `dispose`. */
export class Generator {
  #parts: GeneratorParts
  readonly #engine: CompileOptions
  readonly #solvers = new Map<string, Promise<Solver>>()

  constructor(parts: GeneratorParts, engine: CompileOptions = {}) {
    this.#parts = parts
    this.#engine = engine
  }

  get parts(): GeneratorParts {
    return this.#parts
  }

  /** Goes on with other weights of the same network, as a snapshot of training gives them; compiled solvers stay. */
  async load(weights: Float32Array): Promise<void> {
    this.#parts = { ...this.#parts, weights }
    const values = [...namedParts(this.#parts.parameters, weights)]
    for (const pending of this.#solvers.values()) {
      const solver = await pending
      for (const [name, { data }] of values) await solver.write(parameterName(name), data)
    }
  }

  /**
   * Draws samples: the same seed gives the same samples, and the first n do not depend on `count`.
   * @returns samples [count, ...features] in the space of the data
   */
  async sample(count: number, options: SampleOptions = {}): Promise<Samples> {
    return (await this.generate(count, options)).samples
  }

  /** As `sample`, with the labels and the number of evaluations. */
  async generate(count: number, options: SampleOptions = {}): Promise<Generated> {
    const { features, preconditioner } = this.parts
    const { seed = 0 } = options
    if (!Number.isInteger(count) || count < 1)
      throw usageError(`cannot draw ${count} samples, expected a whole number of at least 1`)
    const labels = this.#labels(count, options)
    const size = sizeOf(features)
    const samples = new Float32Array(count * size)
    let evaluations = 0
    for (const { start, rows } of batches(count, options)) {
      const x0 = ndarray(noiseFor(seed, start, rows, size), [rows, ...features])
      const given = labels?.subarray(start, start + rows)
      const solved = await this.#flow(x0, given, { from: 0, to: 1 }, options)
      samples.set((await preconditioner.invert(asSamples(solved.x), given)).data, start * size)
      evaluations = Math.max(evaluations, solved.evaluations)
      options.onProgress?.(start + rows, count)
    }
    return { samples: ndarray(samples, [count, ...features]), labels, evaluations }
  }

  /**
   * The way back: P, then the flow from t = 1 to 0. Samples of the data come out as N(0, I) as far as the flow is right.
   * @param x [count, ...features]
   * @returns noise [count, ...features]; `sample` would lead from it to x
   * @throws WhitewaterError (usage) for samples of another shape, or labels that are missing or not wanted
   */
  async encode(x: Samples, options: Omit<SampleOptions, 'seed'> = {}): Promise<Samples> {
    const { features, preconditioner, labelCounts } = this.parts
    const [count] = x.shape
    if (labelCounts && !options.labels)
      throw usageError('this generator was trained with labels: give those of the samples')
    const labels = this.#labels(count, options)
    const size = sizeOf(features)
    const noise = new Float32Array(count * size)
    for (const { start, rows } of batches(count, options)) {
      const part = ndarray(x.data.subarray(start * size, (start + rows) * size), [rows, ...x.shape.slice(1)])
      const given = labels?.subarray(start, start + rows)
      const even = await preconditioner.transform(part, given)
      const { x: solved } = await this.#flow(even, given, { from: 1, to: 0 }, options)
      noise.set(asSamples(solved).data, start * size)
      options.onProgress?.(start + rows, count)
    }
    return ndarray(noise, x.shape)
  }

  async dispose(): Promise<void> {
    const solvers = [...this.#solvers.values()]
    this.#solvers.clear()
    for (const solver of solvers) await (await solver).dispose()
    await this.parts.preconditioner.dispose()
  }

  #labels(count: number, { labels, guidance = 0, seed = 0 }: SampleOptions): Int32Array | undefined {
    const { labelCounts } = this.parts
    if (!labelCounts) {
      if (labels || guidance !== 0)
        throw usageError('this generator was trained without labels: leave out labels and guidance')
      return undefined
    }
    const chosen = labels ?? drawLabels(labelCounts, count, seed)
    const bad = chosen.findIndex((label) => label < 0 || label >= labelCounts.length)
    if (chosen.length !== count || bad >= 0) {
      const given =
        bad >= 0 ? `label ${chosen[bad]} at index ${bad}` : `${chosen.length} labels for ${count} samples`
      throw usageError(`got ${given}, expected one label in 0..${labelCounts.length - 1} a sample`)
    }
    return chosen
  }

  /** The learned flow between two times, in the space that it was trained in. */
  async #flow(
    x: Samples,
    labels: Int32Array | undefined,
    span: { readonly from: number; readonly to: number },
    { method: name, guidance = 0, steps, tolerance }: SampleOptions,
  ): Promise<Solution> {
    const method = name === undefined ? heun : solverNamed(name)
    const solver = await this.#solver(x.shape[0], method, labels ? guidance : 0)
    return solver.solve(x, {
      ...span,
      ...(labels && { labels: ndarray(labels, [labels.length]) }),
      ...requested(method, steps, tolerance),
    })
  }

  #solver(rows: number, method: Tableau, guidance: number): Promise<Solver> {
    const key = `${rows} ${method.name} ${guidance}`
    const known = this.#solvers.get(key) ?? this.#compile(rows, method, guidance)
    this.#solvers.set(key, known)
    return known
  }

  #compile(rows: number, method: Tableau, guidance: number): Promise<Solver> {
    const { features, labelCounts } = this.parts
    const { field, parameters } = residentField(this.parts)
    return compileSolver(
      {
        field: labelCounts ? guidedField(field, { weight: guidance, classes: labelCounts.length }) : field,
        parameters,
        shape: [rows, ...features],
        labels: labelCounts !== undefined,
        method,
      },
      this.#engine,
    )
  }
}

/** Each solver takes what it can honour; asking a fixed-step method for a tolerance is an error of its own. */
function requested(method: Tableau, steps: number | undefined, tolerance: number | undefined) {
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

function asSamples({ data, shape }: NdArray): Samples {
  if (!(data instanceof Float32Array)) throw new TypeError('the solver works in float32')
  return ndarray(data, shape)
}

/** What a resident weight is called in a program. */
const parameterName = (name: string): string => `parameter:${name}`

/** The network as a field over resident weights. */
export function residentField({ field: network, parameters, weights, labelCounts }: GeneratorParts): {
  field: Field
  parameters: Record<string, StateSpec>
} {
  const values = [...namedParts(parameters, weights)]
  const tensors = new Map(values.map(([name, { shape }]) => [name, input(parameterName(name), shape)]))
  const scope = bound(tensors)
  const state = values.map(([name, { data }]) => {
    return [parameterName(name), { current: lookUp(tensors, name), initial: data }] as const
  })
  return {
    field: (x, t, labels) => network.build(scope, { x, t, labels, classes: labelCounts?.length }),
    parameters: Object.fromEntries(state),
  }
}
