// Named parameters, declared where they are used. Tracing a network under a scope collects what it needs.
import { input, sameShape, sizeOf, type RandomStream, type Shape, type Tensor } from '@whitewater/tensor'
import type { Initialiser } from './initialise.ts'

export interface Parameter {
  /** Dotted path, as in the reference checkpoints: `blocks.0.fc1.weight`. */
  readonly name: string
  readonly shape: Shape
  readonly initialise: Initialiser
}

export interface Scope {
  /** The scope of a part: `p.at('blocks.0')`. */
  at(path: string): Scope
  /** Declares a parameter, or gives the one already declared under this name (shared weights). */
  parameter(name: string, shape: Shape, initialise: Initialiser): Tensor
}

/** What a traced function declared: its parameters in order, and the tensors that stand for them. */
export interface Declared<T> {
  readonly result: T
  readonly parameters: readonly Parameter[]
  readonly tensors: readonly Tensor[]
}

/**
 * Runs `build` under a fresh scope; its parameters become program inputs named `NAME` under `prefix`.
 * @throws RangeError when one name is declared with two shapes
 */
export function declare<T>(build: (scope: Scope) => T, prefix = 'parameter:'): Declared<T> {
  const declared = new Map<string, { parameter: Parameter; tensor: Tensor }>()
  const scopeAt = (path: string): Scope => ({
    at: (part) => scopeAt(`${path}${part}.`),
    parameter(name, shape, initialise) {
      const full = path + name
      const known = declared.get(full)
      if (known && !sameShape(known.parameter.shape, shape)) {
        throw new RangeError(
          `parameter ${full} is declared as [${known.parameter.shape.join(', ')}] and as [${shape.join(', ')}]`,
        )
      }
      const entry = known ?? {
        parameter: { name: full, shape, initialise },
        tensor: input(prefix + full, shape),
      }
      declared.set(full, entry)
      return entry.tensor
    },
  })
  const result = build(scopeAt(''))
  const entries = [...declared.values()]
  return { result, parameters: entries.map((e) => e.parameter), tensors: entries.map((e) => e.tensor) }
}

/** @throws RangeError when there is no parameter of that name */
export function lookUp(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name)
  if (!tensor) throw new RangeError(`there is no parameter ${name}: the weights belong to another network`)
  return tensor
}

/** A scope over tensors that exist already: the same network again, with trained weights. */
export const bound = (tensors: ReadonlyMap<string, Tensor>, path = ''): Scope => ({
  at: (part) => bound(tensors, `${path}${part}.`),
  parameter: (name) => lookUp(tensors, path + name),
})

/** Total number of weights. */
export const countParameters = (parameters: readonly Parameter[]): number =>
  parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** Initial weights as one flat vector. Each parameter has its own stream, so adding one changes no other. */
export function initialWeights(parameters: readonly Parameter[], stream: RandomStream): Float32Array {
  const flat = new Float32Array(countParameters(parameters))
  let offset = 0
  for (const { name, shape, initialise } of parameters) {
    const values = initialise(shape, stream.split(name))
    flat.set(values, offset)
    offset += values.length
  }
  return flat
}

/** Each parameter's part of a flat vector, by name; no copies. */
export function namedParts(
  parameters: readonly Parameter[],
  flat: Float32Array,
): Map<string, { data: Float32Array; shape: Shape }> {
  let offset = 0
  return new Map(
    parameters.map(({ name, shape }) => {
      const data = flat.subarray(offset, (offset += sizeOf(shape)))
      return [name, { data, shape }]
    }),
  )
}
