// Densities along a flow, by the instantaneous change of variables: d log p(x_t) / dt = -div v(x_t, t) (Chen et al. 2018, NeurIPS;
// Grathwohl et al. 2019, ICLR), so that log |det d x_b / d x_a| is the integral of div v along the trajectory from a to b.
import {
  concat,
  constant,
  expand,
  filled,
  reshape,
  sizeOf,
  sliceAxis,
  type RandomStream,
  type Shape,
  type Tensor,
} from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { evaluateField, type Field } from './field.ts'
import { divergence, probedDivergence } from './jacobian.ts'
import type { GraphSolve } from './request.ts'
import { solvedInGraph } from './solve-graph.ts'

/**
 * How div v is had. 'exact': d backward passes, for few dimensions. 'hutchinson': one for each probe, an estimate without bias;
 * probes are [n, ...features] each, and stay the same along a trajectory.
 */
export type Trace =
  { readonly trace: 'exact' } | { readonly trace: 'hutchinson'; readonly probes: readonly Tensor[] }

export const traceKinds = ['exact', 'hutchinson'] as const

/**
 * The field of the state [x, l], flattened to [n, d + k], where dl/dt = div v: from l = 0 at one time, l at another is the
 * log-determinant of the flow between them. One column of l for the exact trace, one a probe for Hutchinson's, so that their
 * spread tells the error of their mean.
 * @param features shape of one sample, d numbers in all
 */
export const withDivergence =
  (field: Field, features: Shape, trace: Trace): Field =>
  (state, t, labels) => {
    const [n] = state.shape
    const d = sizeOf(features)
    const x = reshape(sliceAxis(state, 1, 0, d), [n, ...features])
    const v = evaluateField(field, x, t, labels)
    const rates =
      trace.trace === 'exact'
        ? [divergence(v, x)]
        : trace.probes.map((probe) => probedDivergence(v, x, probe))
    return concat([reshape(v, [n, d]), ...rates], 1)
  }

export const probeKinds = ['rademacher', 'normal'] as const

/** Laws of a probe's entries. Signs have the smaller variance, 2 times the squares off the diagonal of the Jacobian's symmetric part. */
export type ProbeKind = (typeof probeKinds)[number]

/** `count` independent entries of mean 0 and variance 1. @throws WhitewaterError (usage) for a law that there is not */
export function drawProbe(stream: RandomStream, count: number, kind: ProbeKind = 'rademacher'): Float32Array {
  switch (kind) {
    case 'rademacher':
      return stream.uniform(count).map((uniform) => (uniform < 0.5 ? -1 : 1))
    case 'normal':
      return stream.normal(count)
  }
}

/**
 * log |det d x_to / d x_from| at x, [n, ...features] at `from`, as one graph with the solve inside: what a flow preconditioner gives
 * for its log-determinant. Exact trace: an evaluation costs about d + 1 of the field's own. A tensor [n] of x's dtype.
 * @throws WhitewaterError (usage) for a request that the method cannot honour
 */
export function flowLogDet(field: Field, x: Tensor, labels: Tensor | undefined, request: GraphSolve): Tensor {
  const [n, ...features] = x.shape
  const d = sizeOf(features)
  const zero = expand(constant(filled(x.dtype, 1, 0), [1, 1]), [n, 1])
  const augmented = withDivergence(field, features, { trace: 'exact' })
  const end = solvedInGraph(augmented, concat([reshape(x, [n, d]), zero], 1), labels, request)
  return reshape(sliceAxis(end, 1, d, 1), [n])
}

/** ln N(x; 0, I) of a point of d numbers, in nats. */
export function normalLogDensity(x: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < x.length; i++) squares += x[i] ** 2
  return -(squares + x.length * Math.log(2 * Math.PI)) / 2
}

/**
 * Bits per dimension of a log-density in nats: -nats / (d ln 2) - log2 unit, where one step of quantised data is `unit` in the
 * units that the density is over (images of 256 levels scaled to [-1, 1]: 2 / 255, with noise of one step added before).
 */
export function bitsPerDimension(nats: number, dimension: number, unit = 1): number {
  if (!(unit > 0)) throw usageError(`the unit of quantised data is ${unit}, expected a number above 0`)
  return -nats / (dimension * Math.LN2) - Math.log2(unit)
}
