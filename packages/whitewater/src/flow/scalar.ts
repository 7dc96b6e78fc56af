// Arithmetic on functions of t that may be plain numbers: numbers stay numbers, so that they take any dtype and cost nothing.
import { add, div, mul, square, sub, type Operand, type Tensor } from '@whitewater/tensor'
import { perSample } from './field.ts'

export const times = (a: Operand, b: Operand): Operand => {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (a === 1) return b
  return b === 1 ? a : mul(a, b)
}

export const plus = (a: Operand, b: Operand): Operand => {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a === 0) return b
  return b === 0 ? a : add(a, b)
}

export const minus = (a: Operand, b: Operand): Operand => {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return b === 0 ? a : sub(a, b)
}

export const over = (a: Operand, b: Operand): Operand => {
  if (typeof a === 'number' && typeof b === 'number') return a / b
  return b === 1 ? a : div(a, b)
}

export const squared = (a: Operand): Operand => (typeof a === 'number' ? a * a : square(a))

/** a x + b y for x and y [n, ...features] and factors that are one number or one a sample, [n]. */
export function weightedSum(a: Operand, x: Tensor, b: Operand, y: Tensor): Tensor {
  if (b === 0) return scaled(a, x)
  return a === 0 ? scaled(b, y) : add(scaled(a, x), scaled(b, y))
}

/** factor * x for a factor that is one number or one a sample, [n]. */
export function scaled(factor: Operand, x: Tensor): Tensor {
  if (factor === 1) return x
  return mul(x, typeof factor === 'number' ? factor : perSample(factor, x))
}
