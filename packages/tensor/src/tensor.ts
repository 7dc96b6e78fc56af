// A Tensor is symbolic: what it is (shape, dtype) and how it was made. Nothing is computed until a program is compiled.
// `operation` turns one record (shape rule, ONNX emission, gradient) into a function that makes such tensors.
import { dtypeOf, filled, sizeOf, type Data, type DType, type NdArray, type Shape } from './array.ts'
import type { Graph } from './graph.ts'

export type Attribute = number | string | boolean | readonly number[] | readonly string[]
export type Attributes = Readonly<Record<string, Attribute>>

/** How a tensor came to be. An application closes over its rule, so no table of operations is needed anywhere. */
export type Origin =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Data }
  | ({ readonly kind: 'operation' } & Application)

export interface Application {
  readonly name: string
  readonly attributes: Attributes
  emit(graph: Graph, node: Tensor, inputs: readonly string[]): string
  /** One entry an input; null where no gradient flows. */
  gradient(node: Tensor, dy: Tensor): readonly (Tensor | null)[]
  /** What control flow computes inside itself, which its inputs do not lead to. */
  readonly inside?: readonly Tensor[]
  /** Whether the result is known to be new memory, never a view of an operand. */
  readonly copies: boolean
  /** The same operation on other inputs, in its simplest equal form. */
  rebuild(inputs: readonly Tensor[]): Tensor
}

export interface Tensor {
  /** Increases with creation, so ascending ids are a topological order. */
  readonly id: number
  readonly shape: Shape
  readonly dtype: DType
  readonly inputs: readonly Tensor[]
  readonly origin: Origin
}

/** Everything there is to know about one operation. */
export interface Rule<A extends Attributes> {
  /** Output shape; throws a RangeError naming the operation for inputs that do not fit. */
  readonly shape: (inputs: readonly Tensor[], attributes: A) => Shape
  /** Output dtype; the first input's unless given. */
  readonly dtype?: (inputs: readonly Tensor[], attributes: A) => DType
  /** Adds ONNX nodes; returns the name of the value that holds the output. */
  readonly emit: (graph: Graph, inputs: readonly string[], node: Tensor, attributes: A) => string
  /**
   * Vector-Jacobian product: dL/dinputs from dL/dy. May have the broadcast shape: it is summed back in one shared place.
   * null for an operation without a derivative (comparisons, indices).
   */
  readonly gradient:
    ((inputs: readonly Tensor[], y: Tensor, dy: Tensor, attributes: A) => readonly (Tensor | null)[]) | null
  /** Results of a body of its own, where the operation has one. */
  readonly inside?: readonly Tensor[]
  /** Set where the result is always new memory: what reads it does not read the operands once more, as through a view. */
  readonly copies?: true
  /** A cheaper tensor of equal value, if there is one for these inputs (x * 1, a transpose of a transpose). */
  readonly simplify?: (inputs: readonly Tensor[], attributes: A) => Tensor | undefined
}

let created = 0

const node = (shape: Shape, dtype: DType, inputs: readonly Tensor[], origin: Origin): Tensor => ({
  id: created++,
  shape,
  dtype,
  inputs,
  origin,
})

/** An operation ready to be applied, which knows the tensors that it made. */
export interface Operation<A extends Attributes> {
  /** Checks shapes and makes the tensor. */
  (inputs: readonly Tensor[], attributes: A): Tensor
  /** The attributes of a tensor that this operation made; undefined for any other tensor. */
  attributesOf(x: Tensor): A | undefined
}

/** Turns a rule into a function that applies it. `A` is the type of its attributes. */
export function operation<A extends Attributes = Record<string, never>>(
  name: string,
  rule: Rule<A>,
): Operation<A> {
  // The attributes by tensor, beside those of the tensor's origin: only here is their type known.
  const made = new WeakMap<Tensor, A>()
  const apply = (inputs: readonly Tensor[], attributes: A): Tensor => {
    const shape = rule.shape(inputs, attributes)
    const dtype = rule.dtype ? rule.dtype(inputs, attributes) : inputs[0].dtype
    const tensor = node(shape, dtype, inputs, {
      kind: 'operation',
      name,
      attributes,
      inside: rule.inside,
      copies: rule.copies ?? false,
      emit: (graph, self, values) => rule.emit(graph, values, self, attributes),
      gradient: (self, dy) => rule.gradient?.(self.inputs, self, dy, attributes) ?? inputs.map(() => null),
      rebuild: (others) => rule.simplify?.(others, attributes) ?? apply(others, attributes),
    })
    made.set(tensor, attributes)
    return tensor
  }
  return Object.assign(apply, { attributesOf: (x: Tensor) => made.get(x) })
}

/** A value given at run time. `name` must be unique within a program. */
export const input = (name: string, shape: Shape, dtype: DType = 'float32'): Tensor =>
  node(shape, dtype, [], { kind: 'input', name })

/** A value fixed at compile time. Without a shape the data is one-dimensional. */
export function constant(data: Data, shape: Shape = [data.length]): Tensor {
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(`constant: ${data.length} elements do not fill shape [${shape.join(', ')}]`)
  }
  return node(shape, dtypeOf(data), [], { kind: 'constant', data })
}

/** A constant scalar `[]` of the given dtype. */
export const scalar = (value: number, dtype: DType = 'float32'): Tensor =>
  constant(filled(dtype, 1, value), [])

export const fromArray = (array: NdArray): Tensor => constant(array.data, array.shape)

/** A tensor, or a number that takes the dtype of the tensor it stands beside. */
export type Operand = Tensor | number

export const asTensor = (value: Operand, dtype: DType): Tensor =>
  typeof value === 'number' ? scalar(value, dtype) : value

/** The value of a constant scalar, else undefined. */
export function scalarValue(x: Tensor): number | undefined {
  return x.origin.kind === 'constant' && x.origin.data.length === 1 ? Number(x.origin.data[0]) : undefined
}

/** @throws RangeError naming `operation` unless all dtypes are equal */
export function requireEqualDtypes(operation: string, tensors: readonly Tensor[]): void {
  const [{ dtype }] = tensors
  const other = tensors.find((x) => x.dtype !== dtype)
  if (other) throw new RangeError(`${operation}: ${dtype} beside ${other.dtype}; cast one of them first`)
}

/** @throws RangeError unless the dtype of x is allowed; `what` names the operation, and the operand if there are several */
export function requireDtype(what: string, x: Tensor, allowed: readonly DType[]): void {
  if (!allowed.includes(x.dtype))
    throw new RangeError(`${what}: ${allowed.join(' or ')} only, got ${x.dtype}; cast it first`)
}

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`

/** All tensors that `outputs` are computed from, themselves included, inputs before outputs. */
export function reachable(outputs: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>()
  const stack = [...outputs]
  for (let tensor = stack.pop(); tensor !== undefined; tensor = stack.pop()) {
    if (seen.has(tensor)) continue
    seen.add(tensor)
    stack.push(...tensor.inputs)
  }
  return [...seen].sort((a, b) => a.id - b.id)
}

/** All tensors that running `outputs` computes: those that are reachable, and those inside their control flow. */
export const computed = (outputs: readonly Tensor[]): Tensor[] =>
  reachable(outputs).flatMap((tensor) =>
    tensor.origin.kind === 'operation' && tensor.origin.inside
      ? [tensor, ...computed(tensor.origin.inside)]
      : [tensor],
  )
