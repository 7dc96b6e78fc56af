// A trained generator: noise -> solver -> P^-1 -> samples (steps 5-7 of Algorithm 1), and the way back.
import { sameShape, ndarray, sizeOf, type CompileOptions } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import type { ExportedBytes, ExportedFile } from '../precondition/onnx.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import { noiseFor } from './draws.ts'
import { exportGenerator, generatorOnnx, type ExportOptions } from './export.ts'
import { fieldSolvers, type FieldSolvers, type SolveOptions } from './field-solvers.ts'
import { classesFor, classesOf, fieldLabels } from './labels.ts'
import type { GeneratorParts } from './parts.ts'

export interface DecodeOptions extends SolveOptions {
  /** int32 [count] in 0..classes-1; drawn like the training labels unless given. */
  readonly labels?: Int32Array
  /** In place of classes: labels as `labelsOf` gives them for samples of the data, so that no component is drawn. */
  readonly components?: Int32Array
  /** Seed of what is drawn: labels not given, and components of classes. */
  readonly seed?: number
  /** Samples solved at once. */
  readonly batch?: number
  readonly onProgress?: (done: number, count: number) => void
}

/** As `DecodeOptions`; the seed is also that of the noise. */
export type SampleOptions = DecodeOptions

export interface Generated {
  readonly samples: Samples
  /** Classes, for data that has them. */
  readonly labels?: Int32Array
  /** Evaluations of the field for one sample. */
  readonly evaluations: number
  /** Evaluations that P^-1 took for one sample with a network of its own; 0 for maps that have none. */
  readonly preconditionerEvaluations: number
}

/** Where each batch starts, and its rows. */
function batches(count: number, { batch = 1024 }: Pick<DecodeOptions, 'batch'>) {
  return Array.from({ length: Math.ceil(count / batch) }, (_, k) => ({
    start: k * batch,
    rows: Math.min(batch, count - k * batch),
  }))
}

const rowsOf = ({ data, shape }: Samples, start: number, rows: number): Samples => {
  const size = data.length / shape[0]
  return ndarray(data.subarray(start * size, (start + rows) * size), [rows, ...shape.slice(1)])
}

/** Owns compiled solvers and the preconditioner's programs until `dispose`. */
export class Generator {
  #parts: GeneratorParts
  readonly #solvers: FieldSolvers
  readonly engine: CompileOptions

  constructor(parts: GeneratorParts, engine: CompileOptions = {}) {
    this.#parts = parts
    this.engine = engine
    this.#solvers = fieldSolvers(parts, engine)
  }

  get parts(): GeneratorParts {
    return this.#parts
  }

  /** Goes on with other weights of the same network, as a snapshot of training gives them; compiled solvers stay. */
  async load(weights: Float32Array): Promise<void> {
    this.#parts = { ...this.#parts, weights }
    await this.#solvers.load(weights)
  }

  /**
   * Draws samples: the same seed gives the same samples, and the first n do not depend on `count`.
   * @returns samples [count, ...features] in the space of the data
   */
  async sample(count: number, options: SampleOptions = {}): Promise<Samples> {
    return (await this.generate(count, options)).samples
  }

  /** As `sample`, with the labels and the number of evaluations. */
  generate(count: number, options: SampleOptions = {}): Promise<Generated> {
    if (!Number.isInteger(count) || count < 1)
      throw usageError(`cannot draw ${count} samples, expected a whole number of at least 1`)
    const size = sizeOf(this.parts.features)
    return this.#decode(count, (start, rows) => noiseFor(options.seed ?? 0, start, rows, size), options)
  }

  /**
   * The samples that given noise leads to: the flow from t = 0 to 1, then P^-1.
   * @param noise [count, ...features]
   * @throws WhitewaterError (usage) for noise of another shape, or labels that are missing or not wanted
   */
  async decode(noise: Samples, options: DecodeOptions = {}): Promise<Samples> {
    this.#checkShape(noise, 'noise')
    return (await this.#decode(noise.shape[0], (start, rows) => rowsOf(noise, start, rows).data, options))
      .samples
  }

  /**
   * The way back: P, then the flow from t = 1 to 0. Samples of the data come out as N(0, I) as far as the flow is right.
   * @param x [count, ...features]
   * @returns noise [count, ...features]; `decode` leads from it to x
   * @throws WhitewaterError (usage) for samples of another shape, or labels that are missing or not wanted
   */
  async encode(x: Samples, options: Omit<DecodeOptions, 'seed' | 'components'> = {}): Promise<Samples> {
    this.#checkShape(x, 'samples')
    const { preconditioner } = this.parts
    const labels = await this.labelsOf(x, options)
    const noise = new Float32Array(x.data.length)
    for (const { start, rows } of batches(x.shape[0], options)) {
      const given = labels?.subarray(start, start + rows)
      const even = await preconditioner.transform(rowsOf(x, start, rows), given)
      const { x: solved } = await this.#solvers.solve(even, given, { from: 1, to: 0 }, options)
      noise.set(solved.data, (start * x.data.length) / x.shape[0])
      options.onProgress?.(start + rows, x.shape[0])
    }
    return ndarray(noise, x.shape)
  }

  /**
   * The labels that field and preconditioner take for samples of the data: their classes, or their components.
   * @throws WhitewaterError (usage) for classes that are missing or do not fit
   */
  async labelsOf(
    x: Samples,
    { labels }: Pick<DecodeOptions, 'labels'> = {},
  ): Promise<Int32Array | undefined> {
    const { parts } = this
    if (classesOf(parts) !== undefined && !labels)
      throw usageError('this generator was trained with labels: give those of the samples')
    const { components } = parts.preconditioner
    const checked = fieldLabels(parts, x.shape[0], { labels })
    return components ? components.assign(x, labels) : checked
  }

  /** Noise -> samples as one ONNX file that needs nothing of ours to run: its bytes, as `generatorOnnx` gives them. */
  export(options?: ExportOptions): Promise<ExportedBytes>
  /**
   * The same, written: `exportGenerator`.
   * @param path a name that ends in .onnx
   */
  export(path: string, options?: ExportOptions): Promise<ExportedFile>
  async export(
    where?: string | ExportOptions,
    options?: ExportOptions,
  ): Promise<ExportedBytes | ExportedFile> {
    return typeof where === 'string' ? exportGenerator(this, where, options) : generatorOnnx(this, where)
  }

  async dispose(): Promise<void> {
    await this.#solvers.dispose()
    await this.parts.preconditioner.dispose()
  }

  #checkShape({ shape }: Samples, what: string): void {
    const { features } = this.parts
    if (sameShape(shape.slice(1), features)) return
    throw usageError(`got ${what} of shape [${shape.join(', ')}], expected [count, ${features.join(', ')}]`)
  }

  async #decode(
    count: number,
    noise: (start: number, rows: number) => Float32Array,
    options: DecodeOptions,
  ): Promise<Generated> {
    const { parts } = this
    const { features, preconditioner } = parts
    const labels = fieldLabels(parts, count, options)
    const size = sizeOf(features)
    const samples = new Float32Array(count * size)
    let evaluations = 0
    let inverse = 0
    for (const { start, rows } of batches(count, options)) {
      const x0 = ndarray(noise(start, rows), [rows, ...features])
      const given = labels?.subarray(start, start + rows)
      const span = { from: 0, to: 1, seed: options.seed, firstRow: start }
      const solved = await this.#solvers.solve(x0, given, span, options)
      samples.set((await preconditioner.invert(solved.x, given)).data, start * size)
      evaluations = Math.max(evaluations, solved.evaluations)
      inverse = Math.max(inverse, preconditioner.evaluations?.() ?? 0)
      options.onProgress?.(start + rows, count)
    }
    return {
      samples: ndarray(samples, [count, ...features]),
      labels: classesFor(parts, labels),
      evaluations,
      preconditionerEvaluations: inverse,
    }
  }
}
