// Both directions of the flow as graphs, the solver's loop inside: what exported files are traced from.
import { cast, sizeOf, sub, type Tensor } from '@whitewater/tensor'
import { usageError } from '../../../errors.ts'
import { flowLogDet } from '../../../flow/likelihood.ts'
import type { GraphSolve } from '../../../flow/request.ts'
import { solvedInGraph } from '../../../flow/solve-graph.ts'
import type { InvertibleGraph } from '../../preconditioner.ts'
import { constantField, type TrainedNetwork } from './network.ts'
import { scalingGraph, type Scaling } from './scaling.ts'
import { BACKWARDS, FORWARDS, requestOf, type Span, type Steps } from './solve.ts'

/** Features up to which the trace of the field's Jacobian, a backward pass each, is affordable. */
const MOST_TRACED_FEATURES = 64

/** log |det dP/dx| by the instantaneous change of variables: exact up to the solver's error; in up to 64 dimensions. */
export function flowGraph(
  trained: TrainedNetwork,
  scaling: Scaling,
  steps: Steps,
  features: readonly number[],
): InvertibleGraph {
  const scale = scalingGraph(scaling, features)
  const field = constantField(trained)
  const size = sizeOf(features)
  const request = (span: Span): GraphSolve => ({ method: steps.method, ...span, ...requestOf(steps) })
  const known = (labels: Tensor | undefined): Tensor | undefined => {
    if (trained.classes === undefined) return undefined
    if (!labels) throw usageError('this flow was trained with labels: build its graph with labels')
    return labels
  }
  return {
    forward: (x, labels) => solvedInGraph(field, scale.forward(x), known(labels), request(BACKWARDS)),
    inverse: (z, labels) => scale.inverse(solvedInGraph(field, z, known(labels), request(FORWARDS))),
    ...(size <= MOST_TRACED_FEATURES && {
      logDet: (x: Tensor, labels?: Tensor) =>
        sub(
          cast(flowLogDet(field, scale.forward(x), known(labels), request(BACKWARDS)), 'float64'),
          size * Math.log(scaling.scale),
        ),
    }),
  }
}
