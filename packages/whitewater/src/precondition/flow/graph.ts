// Both directions of the flow as graphs, the solver's loop inside: what exported files are traced from.
import type { Tensor } from '@whitewater/tensor'
import { usageError } from '../../errors.ts'
import { solvedInGraph } from '../../flow/solve-graph.ts'
import type { InvertibleGraph } from '../preconditioner.ts'
import { constantField, type TrainedNetwork } from './network.ts'
import { scalingGraph, type Scaling } from './scaling.ts'
import { BACKWARDS, FORWARDS, requestOf, type Span, type Steps } from './solve.ts'

export function flowGraph(
  trained: TrainedNetwork,
  scaling: Scaling,
  steps: Steps,
  features: readonly number[],
): InvertibleGraph {
  const scale = scalingGraph(scaling, features)
  const field = constantField(trained)
  const { method } = steps
  const flow = (x: Tensor, labels: Tensor | undefined, span: Span): Tensor => {
    if (trained.classes === undefined)
      return solvedInGraph(field, x, undefined, { method, ...span, ...requestOf(steps) })
    if (!labels) throw usageError('this flow was trained with labels: build its graph with labels')
    return solvedInGraph(field, x, labels, { method, ...span, ...requestOf(steps) })
  }
  return {
    forward: (x, labels) => flow(scale.forward(x), labels, BACKWARDS),
    inverse: (z, labels) => scale.inverse(flow(z, labels, FORWARDS)),
  }
}
