// Reverse-mode differentiation of the traced graph. The gradient is traced too, so it can be differentiated again.
import { sameShape } from './array.ts'
import { broadcastAxes } from './broadcast.ts'
import { add } from './operations/elementwise.ts'
import { sum } from './operations/reduce.ts'
import { expand, reshape } from './operations/shape.ts'
import { formatShape, reachable, scalar, type Tensor } from './tensor.ts'

/** Sums a gradient of a broadcast result back to the shape of the operand; fills one that is still broadcastable. */
function toShape(dy: Tensor, x: Tensor): Tensor {
  const summed = sameShape(dy.shape, x.shape) ? dy : reshapeSum(dy, x)
  return expand(summed, x.shape)
}

function reshapeSum(dy: Tensor, x: Tensor): Tensor {
  const axes = broadcastAxes(dy.shape, x.shape)
  const lead = Math.max(0, dy.shape.length - x.shape.length)
  const reduced = axes.length > 0 ? sum(dy, axes, { keepDims: true }) : dy
  return lead > 0 ? reshape(reduced, reduced.shape.slice(lead)) : reduced
}

/** The tensors on some path from `sources` to y. */
function between(y: Tensor, sources: ReadonlySet<Tensor>): Tensor[] {
  const dependent = new Set<Tensor>()
  const order = reachable([y])
  for (const tensor of order) {
    if (sources.has(tensor) || tensor.inputs.some((x) => dependent.has(x))) dependent.add(tensor)
  }
  return order.filter((tensor) => dependent.has(tensor))
}

const isFloat = (x: Tensor): boolean => x.dtype === 'float32' || x.dtype === 'float64'

/**
 * dy/dx for every x of `sources`, each of its x's shape; zeros where y does not depend on x.
 * `seed` is the gradient of what y goes into; without it y must be a scalar.
 */
export function gradient(y: Tensor, sources: readonly Tensor[], seed?: Tensor): Tensor[] {
  if (!seed && y.shape.length > 0) {
    throw new RangeError(
      `gradient: needs a scalar, got shape ${formatShape(y.shape)}; reduce it, or give a seed`,
    )
  }
  for (const x of [y, ...sources]) {
    if (!isFloat(x)) throw new RangeError(`gradient: needs float32 or float64, got ${x.dtype}`)
  }
  if (seed && (seed.dtype !== y.dtype || !sameShape(seed.shape, y.shape))) {
    throw new RangeError(
      `gradient: the seed is ${seed.dtype} ${formatShape(seed.shape)}, but y is ${y.dtype} ${formatShape(y.shape)}`,
    )
  }
  const wanted = new Set(sources)
  const adjoints = new Map<Tensor, Tensor>([[y, seed ?? scalar(1, y.dtype)]])
  const path = between(y, wanted)
  const onPath = new Set(path)
  for (const tensor of path.reverse()) {
    const dy = adjoints.get(tensor)
    if (dy === undefined || tensor.origin.kind !== 'operation') continue
    const contributions = tensor.origin.gradient(tensor, dy)
    tensor.inputs.forEach((x, index) => {
      const contribution = contributions[index]
      if (contribution === null || contribution === undefined || !onPath.has(x)) return
      const before = adjoints.get(x)
      const dx = toShape(contribution, x)
      adjoints.set(x, before ? add(before, dx) : dx)
    })
  }
  return sources.map((x) => adjoints.get(x) ?? expand(scalar(0, x.dtype), x.shape))
}
