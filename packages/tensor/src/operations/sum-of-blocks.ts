// Sums of blocks among zeros, which is what a gradient of `split` adds up to: put side by side instead.
import { sameShape } from '../array.ts'
import type { Tensor } from '../tensor.ts'
import { concat, pad, paddingOf } from './shape.ts'

interface Padded {
  readonly block: Tensor
  readonly axis: number
  readonly before: number
  readonly after: number
}

/** What x is a block of, with zeros around it along one axis; undefined for anything else. */
function zeroPadded(x: Tensor): Padded | undefined {
  const padding = paddingOf(x)
  if (padding?.value !== 0) return undefined
  const { before, after } = padding
  const axes = before.flatMap((_, axis) => (before[axis] + after[axis] > 0 ? [axis] : []))
  if (axes.length !== 1) return undefined
  return { block: x.inputs[0], axis: axes[0], before: before[axes[0]], after: after[axes[0]] }
}

/** a + b in one pass instead of three, where both are blocks among zeros and meet along an axis; else undefined. */
export function sumOfBlocks(a: Tensor, b: Tensor): Tensor | undefined {
  const first = zeroPadded(a)
  const second = zeroPadded(b)
  if (!first || !second || first.axis !== second.axis || !sameShape(a.shape, b.shape)) return undefined
  const { axis } = first
  if (second.before < first.before) return sumOfBlocks(b, a)
  if (second.before !== first.before + first.block.shape[axis]) return undefined
  const along = (count: number) => a.shape.map((_, i) => (i === axis ? count : 0))
  const whole = concat([first.block, second.block], axis)
  return first.before + second.after > 0 ? pad(whole, along(first.before), along(second.after)) : whole
}
