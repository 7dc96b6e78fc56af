// What elementwise.ts must compute: each operation with inputs, a plain reference and the order of its derivatives.
import type { Case, Cases } from '../testing/gradcheck.ts'
import { pointwise } from '../testing/reference.ts'
import type { Operand, Tensor } from '../tensor.ts'
import * as elementwise from './elementwise.ts'

type Range = { low?: number; high?: number }

/** Equal shapes, broadcasting both ways, and a scalar beside a tensor. */
const binary = (
  apply: (a: Operand, b: Operand) => Tensor,
  compute: (a: number, b: number) => number,
  order: 1 | 2,
  [a, b]: [Range, Range] = [{}, {}],
): Case[] => [
  {
    name: 'same shape',
    inputs: [
      { shape: [2, 3], ...a },
      { shape: [2, 3], ...b },
    ],
    apply,
    reference: pointwise(compute),
    order,
  },
  {
    name: 'both broadcast',
    inputs: [
      { shape: [2, 1, 3], ...a },
      { shape: [4, 1], ...b },
    ],
    apply,
    reference: pointwise(compute),
    order,
  },
  {
    name: 'number on the right',
    inputs: [{ shape: [5], ...a }],
    apply: (x) => apply(x, 1.5),
    reference: pointwise((x) => compute(x, 1.5)),
    order,
  },
  {
    name: 'number on the left',
    inputs: [{ shape: [5], ...b }],
    apply: (x) => apply(1.5, x),
    reference: pointwise((x) => compute(1.5, x)),
    order,
  },
]

const unary = (
  apply: (x: Tensor) => Tensor,
  compute: (x: number) => number,
  order: 1 | 2,
  options: Range & Pick<Case, 'float64'> = {},
): Case[] => {
  const { float64, ...range } = options
  return [[3, 4], []].map((shape) => ({
    name: shape.length === 0 ? 'scalar' : 'matrix',
    inputs: [{ shape, ...range }],
    apply,
    reference: pointwise(compute),
    order,
    float64,
  }))
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Error function by its Maclaurin series, exact to rounding for |x| < 3. */
function erf(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const positive = { low: 0.3, high: 3 }

export const cases: Cases = {
  add: binary(elementwise.add, (a, b) => a + b, 2),
  sub: binary(elementwise.sub, (a, b) => a - b, 2),
  mul: binary(elementwise.mul, (a, b) => a * b, 2),
  div: binary(elementwise.div, (a, b) => a / b, 2, [{}, positive]),
  pow: binary(elementwise.pow, (a, b) => a ** b, 2, [positive, {}]),
  maximum: binary(elementwise.maximum, Math.max, 1),
  minimum: binary(elementwise.minimum, Math.min, 1),
  neg: unary(elementwise.neg, (x) => -x, 2),
  exp: unary(elementwise.exp, Math.exp, 2),
  log: unary(elementwise.log, Math.log, 2, positive),
  sqrt: unary(elementwise.sqrt, Math.sqrt, 2, positive),
  reciprocal: unary(elementwise.reciprocal, (x) => 1 / x, 2, positive),
  abs: unary(elementwise.abs, Math.abs, 1),
  sign: unary(elementwise.sign, Math.sign, 1),
  sin: unary(elementwise.sin, Math.sin, 2),
  cos: unary(elementwise.cos, Math.cos, 2),
  tanh: unary(elementwise.tanh, Math.tanh, 2),
  erf: unary(elementwise.erf, erf, 2, { float64: false }),
  sigmoid: unary(elementwise.sigmoid, sigmoid, 2),
  relu: unary(elementwise.relu, (x) => Math.max(x, 0), 1),
  square: unary(elementwise.square, (x) => x * x, 2),
  softplus: [
    ...unary(elementwise.softplus, (x) => Math.log1p(Math.exp(x)), 2),
    ...unary(elementwise.softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), 1, {
      low: -200,
      high: 200,
    }),
  ],
  silu: unary(elementwise.silu, (x) => x * sigmoid(x), 2),
  gelu: [
    ...unary(elementwise.gelu, (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2)), 2, { float64: false }),
    ...unary(
      (x) => elementwise.gelu(x, 'tanh'),
      (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
      2,
    ),
  ],
  clamp: unary(
    (x) => elementwise.clamp(x, -0.9, 1.1),
    (x) => Math.min(Math.max(x, -0.9), 1.1),
    1,
  ),
}
