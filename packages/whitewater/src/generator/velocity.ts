// The learned velocity at points of one's choice: for measures of the field itself instead of its samples.
import {
  sameShape,
  compile,
  float32Of,
  input,
  ndarray,
  sizeOf,
  type CompileOptions,
  type Program,
} from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { evaluateField } from '../flow/field.ts'
import type { Samples } from '../precondition/preconditioner.ts'
import { residentField, type GeneratorParts } from './parts.ts'

/** Where a field is evaluated. */
export interface FieldPoints {
  /** [n, ...features], in the space that the flow is trained in: P's. */
  readonly x: Samples
  /** One time a sample, [n], in [0, 1]. */
  readonly t: Float32Array
  /** int32 [n] for a generator with labels; `classes` is the null class. */
  readonly labels?: Int32Array
}

/** A compiled field over one generator's weights, until `dispose`. */
export interface Velocity {
  /** v(x, t, y), [n, ...features], in the space of x: nothing of P is undone. @throws WhitewaterError (usage) for labels that do not fit */
  at(points: FieldPoints): Promise<Samples>
  /** Goes on with other weights of the same network, such as those of a later snapshot. */
  load(weights: Float32Array): Promise<void>
  dispose(): Promise<void>
}

const X = 'velocity:x'
const T = 'velocity:t'
const LABELS = 'velocity:labels'

function compiled(parts: GeneratorParts, rows: number, engine?: CompileOptions): Promise<Program> {
  const { field, parameters } = residentField(parts)
  const x = input(X, [rows, ...parts.features])
  const t = input(T, [rows])
  const labels = parts.labelCounts && input(LABELS, [rows], 'int32')
  const v = evaluateField(field, x, t, labels)
  return compile({ inputs: [x, t, ...(labels ? [labels] : [])], outputs: { v }, state: parameters }, engine)
}

function checkPoints({ x, t, labels }: FieldPoints, { features, labelCounts }: GeneratorParts): void {
  const [n, ...given] = x.shape
  if (!sameShape(given, features) || t.length !== n)
    throw usageError(
      `got x [${x.shape.join(', ')}] and ${t.length} times, expected [n, ${features.join(', ')}] and a time a sample`,
    )
  if (labelCounts ? labels?.length !== n : labels !== undefined)
    throw usageError(
      labelCounts
        ? `this field was trained with labels: got ${labels?.length ?? 0}, expected one for each of the ${n} samples`
        : 'this field was trained without labels: leave them out',
    )
}

export interface VelocityOptions {
  /** Where programs run; the CPU, in this thread, unless given. */
  readonly engine?: CompileOptions
  /** Most rows that are evaluated at once; 1024 unless given. */
  readonly batch?: number
}

/** The field of a generator, or of a snapshot of one. Points are evaluated in blocks of at most `batch` rows. */
export function velocityOf(parts: GeneratorParts, { batch = 1024, engine }: VelocityOptions = {}): Velocity {
  let current = parts
  const programs = new Map<number, Promise<Program>>()
  const programFor = (rows: number): Promise<Program> => {
    const program = programs.get(rows) ?? compiled(current, rows, engine)
    programs.set(rows, program)
    return program
  }
  return {
    async at(points) {
      checkPoints(points, current)
      const { x, t, labels } = points
      const [n, ...features] = x.shape
      const size = sizeOf(features)
      const result = new Float32Array(x.data.length)
      for (let start = 0; start < n; start += batch) {
        const end = Math.min(start + batch, n)
        const program = await programFor(end - start)
        const { v } = await program.run({
          [X]: x.data.subarray(start * size, end * size),
          [T]: t.subarray(start, end),
          ...(labels && { [LABELS]: labels.subarray(start, end) }),
        })
        result.set(float32Of(v.data), start * size)
      }
      return ndarray(result, x.shape)
    },
    async load(weights) {
      current = { ...current, weights }
      const { parameters } = residentField(current)
      for (const pending of programs.values()) {
        const program = await pending
        for (const [name, { initial }] of Object.entries(parameters))
          if (initial) await program.writeState(name, initial)
      }
    },
    async dispose() {
      const all = [...programs.values()]
      programs.clear()
      for (const program of all) await (await program).dispose()
    },
  }
}
