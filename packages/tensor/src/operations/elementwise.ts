// Arithmetic and pointwise functions, with NumPy broadcasting for those of several operands.
import { filled, sameShape, type DType, type Shape } from '../array.ts'
import { broadcastShapes, broadcastsTo } from '../broadcast.ts'
import { onnxType } from '../graph.ts'
import {
  asTensor,
  operation,
  requireDtype,
  requireEqualDtypes,
  scalar,
  scalarValue,
  type Operation,
  type Operand,
  type Rule,
  type Tensor,
} from '../tensor.ts'
import { sumOfBlocks } from './sum-of-blocks.ts'
import { greater, greaterEqual, lessEqual, logicalAnd, where } from './compare.ts'
import { expand, unexpanded } from './shape.ts'

type Plain = Record<string, never>
type Gradient = Rule<Plain>['gradient']

/** The common dtype of operands; numbers adapt to the tensors beside them. */
function operands(name: string, values: readonly Operand[]): Tensor[] {
  const first = values.find((value) => typeof value !== 'number')
  const dtype: DType = first === undefined ? 'float32' : first.dtype
  const tensors = values.map((value) => asTensor(value, dtype))
  requireEqualDtypes(name, tensors)
  return tensors
}

/** `value` when it already has the full shape of the broadcast, else expanded to it. */
const fill = (value: Tensor, shape: Shape): Tensor =>
  sameShape(value.shape, shape) ? value : expand(value, shape)

interface BinaryRule {
  readonly onnx: string
  readonly gradient: Gradient
  /** A cheaper equal of the operation on unexpanded operands, if there is one; it may still have to be expanded. */
  readonly identity?: (a: Tensor, b: Tensor) => Tensor | undefined
  readonly copies?: true
}

function binary(name: string, { onnx, gradient, identity, copies }: BinaryRule) {
  const apply: Operation<Plain> = operation<Plain>(name, {
    shape: (inputs) =>
      broadcastShapes(
        name,
        inputs.map((x) => x.shape),
      ),
    emit: (graph, inputs) => graph.node(onnx, inputs),
    gradient,
    copies,
    simplify: ([a, b]) => {
      const shape = broadcastShapes(name, [a.shape, b.shape])
      const x = unexpanded(a)
      const y = unexpanded(b)
      const simpler = identity?.(x, y)
      if (simpler && broadcastsTo(simpler.shape, shape)) return fill(simpler, shape)
      // An expanded operand broadcasts by itself as long as the other one still carries the shape.
      if (x !== a && sameShape(b.shape, shape)) return apply([x, b], {})
      if (y !== b && sameShape(a.shape, shape)) return apply([a, y], {})
      // Neither does: compute the small result, then expand that.
      return x !== a || y !== b ? fill(apply([x, y], {}), shape) : undefined
    },
  })
  return (a: Operand, b: Operand): Tensor => apply(operands(name, [a, b]), {})
}

export const add = binary('add', {
  onnx: 'Add',
  gradient: (_, __, dy) => [dy, dy],
  identity: (a, b) => (scalarValue(b) === 0 ? a : scalarValue(a) === 0 ? b : sumOfBlocks(a, b)),
  copies: true,
})
export const sub = binary('sub', {
  onnx: 'Sub',
  gradient: (_, __, dy) => [dy, neg(dy)],
  identity: (a, b) => (scalarValue(b) === 0 ? a : undefined),
  copies: true,
})
export const mul = binary('mul', {
  onnx: 'Mul',
  gradient: ([a, b], _, dy) => [mul(dy, b), mul(dy, a)],
  identity: (a, b) => (scalarValue(b) === 1 ? a : scalarValue(a) === 1 ? b : undefined),
  copies: true,
})
export const div = binary('div', {
  onnx: 'Div',
  gradient: ([, b], y, dy) => [div(dy, b), neg(div(mul(dy, y), b))],
  identity: (a, b) => (scalarValue(b) === 1 ? a : undefined),
  copies: true,
})
/** x^y. The gradient in y needs x > 0; it is built only where y is not a constant. */
export const pow = binary('pow', {
  onnx: 'Pow',
  gradient: ([x, y], z, dy) => [
    mul(dy, mul(y, pow(x, sub(y, 1)))),
    y.origin.kind === 'constant' ? null : mul(dy, mul(z, log(x))),
  ],
})
/** Elementwise larger value; where both are equal the gradient goes to the first. */
export const maximum = binary('maximum', {
  onnx: 'Max',
  gradient: ([a, b], _, dy) => [where(greaterEqual(a, b), dy, 0), where(greaterEqual(a, b), 0, dy)],
})
/** Elementwise smaller value; where both are equal the gradient goes to the first. */
export const minimum = binary('minimum', {
  onnx: 'Min',
  gradient: ([a, b], _, dy) => [where(lessEqual(a, b), dy, 0), where(lessEqual(a, b), 0, dy)],
})

type Emit = Rule<Plain>['emit']

function unary(name: string, onnx: string | Emit, gradient: (x: Tensor, y: Tensor) => Tensor) {
  const apply = operation<Plain>(name, {
    shape: ([x]) => x.shape,
    emit: typeof onnx === 'string' ? (graph, inputs) => graph.node(onnx, inputs) : onnx,
    gradient: ([x], y, dy) => [mul(dy, gradient(x, y))],
  })
  return (x: Tensor): Tensor => apply([x], {})
}

export const neg = unary('neg', 'Neg', (x) => scalar(-1, x.dtype))
export const exp = unary('exp', 'Exp', (_, y) => y)
export const log = unary('log', 'Log', (x) => reciprocal(x))
export const sqrt = unary('sqrt', 'Sqrt', (_, y) => div(0.5, y))
export const reciprocal = unary('reciprocal', 'Reciprocal', (_, y) => neg(mul(y, y)))
/** Gradient 0 at 0. */
export const abs = unary('abs', 'Abs', (x) => sign(x))
export const sign = unary(
  'sign',
  // WebGPU has no kernel for Sign.
  (graph, [x], node) => {
    if (graph.target !== 'webgpu') return graph.node('Sign', [x])
    const zero = graph.constant(filled(node.dtype, 1, 0), [])
    const [above, below] = ['Greater', 'Less'].map((type) =>
      graph.node('Cast', [graph.node(type, [x, zero])], { to: onnxType(node.dtype) }),
    )
    return graph.node('Sub', [above, below])
  },
  (x) => scalar(0, x.dtype),
)
export const sin = unary('sin', 'Sin', (x) => cos(x))
export const cos = unary('cos', 'Cos', (x) => neg(sin(x)))
export const tanh = unary('tanh', 'Tanh', (_, y) => sub(1, mul(y, y)))
const errorFunction = unary('erf', 'Erf', (x) => mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))))
/** float32 only: ONNX Runtime has no float64 kernel. */
export function erf(x: Tensor): Tensor {
  requireDtype('erf', x, ['float32'])
  return errorFunction(x)
}
export const sigmoid = unary('sigmoid', 'Sigmoid', (_, y) => mul(y, sub(1, y)))
/** Gradient 0 at 0. */
export const relu = unary('relu', 'Relu', (x) => where(greater(x, 0), scalar(1, x.dtype), 0))
const multiplySelf = operation<Plain>('square', {
  shape: ([x]) => x.shape,
  emit: (graph, [x]) => graph.node('Mul', [x, x]),
  // Twice the gradient first: of a mean it is one number, so that this is one pass.
  gradient: ([x], _, dy) => [mul(mul(dy, 2), x)],
})
export const square = (x: Tensor): Tensor => multiplySelf([x], {})

/** x * sigmoid(x). */
export const silu = unary(
  'silu',
  // QuickGelu with alpha 1 is SiLU in one pass; its kernels are float32, and ONNX itself does not know it.
  (graph, [x], node) =>
    node.dtype === 'float32' && graph.target !== 'portable'
      ? graph.node('QuickGelu', [x], { alpha: { float: 1 } }, 'com.microsoft')
      : graph.node('Mul', [x, graph.node('Sigmoid', [x])]),
  (x, y) => {
    const s = sigmoid(x)
    return add(y, mul(s, sub(1, y)))
  },
)

const clip = operation<{ low: number; high: number }>('clamp', {
  shape: ([x]) => x.shape,
  emit: (graph, [x], node, { low, high }) => {
    const bound = (value: number) => graph.constant(filled(node.dtype, 1, value), [])
    return graph.node('Clip', [x, bound(low), bound(high)])
  },
  gradient: ([x], _, dy, { low, high }) => [
    where(logicalAnd(greaterEqual(x, low), lessEqual(x, high)), dy, 0),
  ],
})

/** Limits x to [low, high]; the gradient is 1 inside and at the bounds, 0 outside. Floating point only. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  requireDtype('clamp', x, ['float32', 'float64'])
  return clip([x], { low, high })
}

/** log(1 + e^x), stable for large |x|. */
export const softplus = (x: Tensor): Tensor => add(maximum(x, 0), log(add(1, exp(neg(abs(x))))))

/** Gaussian error linear unit: exact, x Phi(x) (float32 only), or the tanh approximation. */
export function gelu(x: Tensor, approximation: 'none' | 'tanh' = 'none'): Tensor {
  if (approximation === 'none') return mul(mul(x, 0.5), add(1, erf(mul(x, Math.SQRT1_2))))
  // 0.5 (1 + tanh(u)) = sigmoid(2u): one function call a point instead of two passes around tanh.
  const u = mul(mul(x, 2 * Math.sqrt(2 / Math.PI)), add(1, mul(0.044715, square(x))))
  return mul(x, sigmoid(u))
}
