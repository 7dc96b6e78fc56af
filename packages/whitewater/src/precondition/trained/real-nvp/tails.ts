// What RealNVP does beyond the range of its data, where nothing was trained: P^-1 grows like a square root there instead of however
// steep the couplings happen to be, so that no sample is thrown far from all data.
import {
  abs,
  add,
  constant,
  div,
  log,
  maximum,
  minimum,
  mul,
  sign,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@whitewater/tensor'
import type { InvertibleGraph } from '../../preconditioner.ts'

/** How soon the tails bend, in 1 / standard deviations. */
const BEND_RATE = 4

/** Largest |x_j| of standardised rows [count, d]: [d]. */
export function boundsOf({ data }: { readonly data: Float32Array }, d: number): Float32Array {
  const bounds = new Float32Array(d)
  data.forEach((value, at) => {
    bounds[at % d] = Math.max(bounds[at % d], Math.abs(value))
  })
  return bounds
}

/**
 * The identity for |x_j| <= bound_j, and |y| = bound + u + BEND_RATE u^2 at a distance u beyond it: continuous with its derivative,
 * and exactly invertible. x [n, d], bounds [d].
 */
export function tails(bounds: Float32Array): Required<InvertibleGraph> {
  const bound = () => constant(bounds, [1, bounds.length])
  const beyond = (x: Tensor) => maximum(sub(abs(x), bound()), 0)
  const moved = (x: Tensor, distance: Tensor) => mul(sign(x), add(minimum(abs(x), bound()), distance))
  return {
    forward(x) {
      const u = beyond(x)
      return moved(x, add(u, mul(square(u), BEND_RATE)))
    },
    inverse(y) {
      const w = beyond(y)
      // The root of u + BEND_RATE u^2 = w in the form that does not cancel for small w.
      return moved(y, div(mul(w, 2), add(sqrt(add(mul(w, 4 * BEND_RATE), 1)), 1)))
    },
    logDet: (x) => sum(log(add(mul(beyond(x), 2 * BEND_RATE), 1)), [1]),
  }
}
