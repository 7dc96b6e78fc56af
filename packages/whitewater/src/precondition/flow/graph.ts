// Both directions of the flow as graphs: what exported files are traced from.
import { constant, type Tensor } from '@whitewater/tensor'
import { usageError } from '../../errors.ts'
import { stepOnce } from '../../flow/step.ts'
import type { InvertibleGraph } from '../preconditioner.ts'
import { constantField, type TrainedNetwork } from './network.ts'
import { scalingGraph, type Scaling } from './scaling.ts'
import { BACKWARDS, FORWARDS, type Span, type Steps } from './solve.ts'

export function flowGraph(
  trained: TrainedNetwork,
  scaling: Scaling,
  steps: Steps,
  features: readonly number[],
): InvertibleGraph {
  const scale = scalingGraph(scaling, features)
  const field = constantField(trained)
  const flow = (x: Tensor, given: Tensor | undefined, { from, to }: Span): Tensor => {
    const labels = trained.classes === undefined ? undefined : given
    if (trained.classes !== undefined && !labels)
      throw usageError('this flow was trained with labels: build its graph with labels')
    const { method, fineness } = steps
    const h = (to - from) / fineness
    let y = x
    for (let k = 0; k < fineness; k++) {
      const times = constant(Float32Array.from(method.nodes, (c) => from + (k + c) * h))
      y = stepOnce(method, field, { x: y, times, h: constant(Float32Array.of(h)), labels })
    }
    return y
  }
  return {
    forward: (x, labels) => flow(scale.forward(x), labels, BACKWARDS),
    inverse: (z, labels) => scale.inverse(flow(z, labels, FORWARDS)),
  }
}
