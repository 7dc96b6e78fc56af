// Comparisons, logic, selection and casts. Booleans carry no gradient.
import type { DType } from '../array.ts'
import { broadcastShapes } from '../broadcast.ts'
import { onnxType } from '../graph.ts'
import {
  asTensor,
  operation,
  requireDtype,
  requireEqualDtypes,
  type Operand,
  type Rule,
  type Tensor,
} from '../tensor.ts'

type Plain = Record<string, never>

function comparison(name: string, onnx: string | Rule<Plain>['emit'], allowed?: readonly DType[]) {
  const apply = operation<Plain>(name, {
    shape: (inputs) =>
      broadcastShapes(
        name,
        inputs.map((x) => x.shape),
      ),
    dtype: () => 'bool',
    emit: typeof onnx === 'string' ? (graph, inputs) => graph.node(onnx, inputs) : onnx,
    gradient: null,
  })
  return (a: Tensor, b: Operand): Tensor => {
    const inputs = [a, asTensor(b, a.dtype)]
    if (allowed) requireDtype(name, a, allowed)
    requireEqualDtypes(name, inputs)
    return apply(inputs, {})
  }
}

export const equal = comparison('equal', 'Equal')
export const less = comparison('less', 'Less')
export const lessEqual = comparison('lessEqual', 'LessOrEqual')
export const greater = comparison('greater', 'Greater')
export const greaterEqual = comparison('greaterEqual', 'GreaterOrEqual')
export const logicalAnd = comparison('logicalAnd', 'And', ['bool'])
export const logicalOr = comparison(
  'logicalOr',
  // WebGPU has no kernel for Or.
  (graph, [a, b]) =>
    graph.target === 'webgpu'
      ? graph.node('Not', [graph.node('And', [graph.node('Not', [a]), graph.node('Not', [b])])])
      : graph.node('Or', [a, b]),
  ['bool'],
)

const not = operation<Plain>('logicalNot', {
  shape: ([x]) => x.shape,
  emit: (graph, inputs) => graph.node('Not', inputs),
  gradient: null,
})
export function logicalNot(x: Tensor): Tensor {
  requireDtype('logicalNot', x, ['bool'])
  return not([x], {})
}

const select = operation<Plain>('where', {
  shape: (inputs) =>
    broadcastShapes(
      'where',
      inputs.map((x) => x.shape),
    ),
  dtype: ([, a]) => a.dtype,
  emit: (graph, inputs) => graph.node('Where', inputs),
  gradient: ([condition], _, dy) => [null, where(condition, dy, 0), where(condition, 0, dy)],
})

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const dtype = typeof a !== 'number' ? a.dtype : typeof b !== 'number' ? b.dtype : 'float32'
  const x = asTensor(a, dtype)
  const y = asTensor(b, dtype)
  requireDtype('where: condition', condition, ['bool'])
  requireEqualDtypes('where', [x, y])
  return select([condition, x, y], {})
}

const convert = operation<{ dtype: DType }>('cast', {
  shape: ([x]) => x.shape,
  dtype: (_, { dtype }) => dtype,
  emit: (graph, inputs, _, { dtype }) => graph.node('Cast', inputs, { to: onnxType(dtype) }),
  gradient: ([x], _, dy) => [isFloat(x.dtype) && isFloat(dy.dtype) ? cast(dy, x.dtype) : null],
  simplify: ([x], { dtype }) => (x.dtype === dtype ? x : undefined),
})

const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64'

export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : convert([x], { dtype }))

const stop = operation<Plain>('stopGradient', {
  shape: ([x]) => x.shape,
  emit: (_, [x]) => x,
  gradient: null,
})

/** x itself, seen as a constant by `gradient`. */
export const stopGradient = (x: Tensor): Tensor => stop([x], {})
