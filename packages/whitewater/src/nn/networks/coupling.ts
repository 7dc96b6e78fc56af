// Affine couplings (RealNVP; Dinh, Sohl-Dickstein & Bengio 2017): features x_a pass through and say how the others are scaled and
// shifted, y_b = x_b exp(s(x_a)) + t(x_a), so that x_b = (y_b - t) exp(-s) and log |det dy/dx| = sum s.
import { add, concat, exp, mul, neg, split, sub, sum, type Tensor } from '@whitewater/tensor'
import type { Scope } from '../scope.ts'
import { columns } from './coupling-columns.ts'

export interface Affine {
  /** s, [n, width]. */
  readonly logScale: Tensor
  /** t, [n, width]. */
  readonly shift: Tensor
}

/** How `width` features are scaled and shifted, given the others [n, d - width]. */
export type Conditioner = (p: Scope, given: Tensor, width: number) => Affine

/** For each feature whether it passes through the first coupling of a pair, and is mapped by the second. */
export type Mask = readonly boolean[]

export interface Couplings {
  readonly count: number
  /** A mask a pair of couplings: coupling i takes masks[floor(i / 2)]. */
  readonly masks: readonly Mask[]
  readonly conditioner: Conditioner
}

export interface Coupled {
  /** [n, d] */
  readonly y: Tensor
  /** y's columns in another order, in two parts: enough for sums over features, which need not join them. */
  readonly parts: readonly Tensor[]
  /** log |det dy/dx| of the direction taken, [n]. */
  readonly logDet: Tensor
}

/** Columns in some order, cut in two: nothing moves between couplings that cut alike. */
interface Halves {
  readonly order: readonly number[]
  readonly parts: readonly [Tensor, Tensor]
}

const where = (mask: Mask, value: boolean): number[] =>
  mask.flatMap((passes, feature) => (passes === value ? [feature] : []))

const joined = ({ order, parts }: Halves): Tensor =>
  columns(
    concat(parts, 1),
    order.map((_, feature) => order.indexOf(feature)),
  )

function cut(x: Tensor, mask: Mask): Halves {
  const first = where(mask, true)
  const second = where(mask, false)
  const order = [...first, ...second]
  const [a, b] = split(columns(x, order), [first.length, second.length], 1)
  return { order, parts: [a, b] }
}

const scaled = (x: Tensor, { logScale, shift }: Affine): Tensor => add(mul(x, exp(logScale)), shift)

const unscaled = (y: Tensor, { logScale, shift }: Affine): Tensor => mul(sub(y, shift), exp(neg(logScale)))

function walk(
  p: Scope,
  x: Tensor,
  { masks, conditioner }: Couplings,
  indices: readonly number[],
  apply: typeof scaled,
): { halves: Halves; logScale: Tensor } {
  let mask = masks[indices[0] >> 1]
  let halves = cut(x, mask)
  const sums: Tensor[] = []
  for (const index of indices) {
    const next = masks[index >> 1]
    if (next.some((passes, feature) => passes !== mask[feature])) halves = cut(joined(halves), next)
    mask = next
    const [a, b] = halves.parts
    const [given, moved] = index % 2 === 0 ? [a, b] : [b, a]
    const affine = conditioner(p.at(`couplings.${index}`), given, moved.shape[1])
    const mapped = apply(moved, affine)
    halves = { ...halves, parts: index % 2 === 0 ? [a, mapped] : [mapped, b] }
    sums.push(sum(affine.logScale, 1))
  }
  return { halves, logScale: sums.reduce((all, one) => add(all, one)) }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** Couplings 0, 1, ... one after the other: x [n, d] to y. */
export function couple(p: Scope, x: Tensor, couplings: Couplings): Coupled {
  const { halves, logScale } = walk(p, x, couplings, upTo(couplings.count), scaled)
  return { y: joined(halves), parts: halves.parts, logDet: logScale }
}

/** The exact inverse of `couple`, at the same cost: y [n, d] to x. */
export function uncouple(p: Scope, y: Tensor, couplings: Couplings): Coupled {
  const { halves, logScale } = walk(p, y, couplings, upTo(couplings.count).reverse(), unscaled)
  return { y: joined(halves), parts: halves.parts, logDet: neg(logScale) }
}
