// RealNVP as a map: standardisation, bent tails, then affine couplings; and its likelihood, log p(x) = log N(P(x); 0, I) + log |det dP/dx|.
import { add, cast, div, mean, mul, reshape, sizeOf, square, sub, sum, type Tensor } from '@whitewater/tensor'
import { mlpConditioner } from '../../../nn/networks/coupling-conditioner.ts'
import { couple, uncouple, type Couplings, type Mask } from '../../../nn/networks/coupling.ts'
import type { Scope } from '../../../nn/scope.ts'
import type { InvertibleGraph } from '../../preconditioner.ts'
import type { RealNvpSettings } from './options.ts'
import { tails } from './tails.ts'

export interface RealNvp {
  readonly settings: RealNvpSettings
  readonly features: readonly number[]
  /** Number of classes, where it is conditional. */
  readonly classes?: number
  readonly masks: readonly Mask[]
}

/** Standard deviations beyond which couplings tell features no further apart. */
const REACH_DEVIATIONS = 10

function couplingsOf({ settings, masks, classes }: RealNvp, labels?: Tensor): Couplings {
  const { couplings, width, depth, activation, clamp, conditioner } = settings
  const options = {
    width,
    depth,
    activation,
    clamp,
    reach: REACH_DEVIATIONS,
    separate: conditioner === 'separate',
  }
  const condition = labels && classes !== undefined ? { labels, classes } : undefined
  return { count: couplings, masks, conditioner: mlpConditioner(options, condition) }
}

/** -log p in nats a dimension, averaged over standardised samples x [n, d]. */
export function negativeLogLikelihood(p: Scope, flow: RealNvp, x: Tensor, labels?: Tensor): Tensor {
  const { parts, logDet } = couple(p, x, couplingsOf(flow, labels))
  const squares = parts.map((part) => sum(square(part))).reduce((all, one) => add(all, one))
  const perSample = sub(div(squares, x.shape[0]), mul(mean(logDet), 2)) // |y|^2 - 2 log |det|
  return mul(add(div(perSample, sizeOf(flow.features)), Math.log(2 * Math.PI)), 0.5)
}

/** Standardisation and `tails`: what comes before the couplings, x [n, ...features] to rows [n, d]. */
export function frameGraph(scale: InvertibleGraph, bounds: Float32Array): Required<InvertibleGraph> {
  const ends = tails(bounds)
  const rows = (x: Tensor) => reshape(x, [-1, bounds.length])
  return {
    forward: (x) => reshape(ends.forward(rows(scale.forward(x))), x.shape),
    inverse: (y) => scale.inverse(reshape(ends.inverse(rows(y)), y.shape)),
    logDet(x) {
      const own = cast(ends.logDet(rows(scale.forward(x))), 'float64')
      const scaling = scale.logDet?.(x)
      return scaling ? add(own, scaling) : own
    },
  }
}

/** P = couplings after `frame`. */
export function realNvpGraph(p: Scope, flow: RealNvp, frame: Required<InvertibleGraph>): InvertibleGraph {
  const size = sizeOf(flow.features)
  const rows = (x: Tensor) => reshape(x, [-1, size])
  const coupled = (x: Tensor, labels?: Tensor) => couple(p, rows(frame.forward(x)), couplingsOf(flow, labels))
  return {
    forward: (x, labels) => reshape(coupled(x, labels).y, x.shape),
    inverse: (z, labels) =>
      frame.inverse(reshape(uncouple(p, rows(z), couplingsOf(flow, labels)).y, z.shape)),
    logDet: (x, labels) => add(cast(coupled(x, labels).logDet, 'float64'), frame.logDet(x)),
  }
}
