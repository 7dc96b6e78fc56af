// The networks inside affine couplings: an MLP from the features that pass through (and the label) to s and t. The log-scale is
// s = c tanh(raw / c) + g: softly clamped, so that a coupling shrinks or amplifies by at most e^c; g is a gain a feature of its own.
import {
  add,
  chunk,
  constant,
  gather,
  mul,
  operation,
  relu,
  silu,
  sub,
  tanh,
  type Tensor,
} from '@whitewater/tensor'
import { zeros } from '../initialise.ts'
import { linear } from '../layers.ts'
import type { Scope } from '../scope.ts'
import type { Conditioner } from './coupling.ts'

export const activations = { silu, relu }

export type Activation = keyof typeof activations

export interface ConditionerOptions {
  readonly width: number
  /** Number of hidden layers. */
  readonly depth: number
  readonly activation: Activation
  /** c: the largest |s| but for g. */
  readonly clamp: number
  /**
   * Features beyond this saturate, so that the map is affine in the tails: a network there extrapolates, and steep slopes one after
   * the other lose the digits that the inverse needs. None unless given.
   */
  readonly reach?: number
  /** Whether s and t come from networks of their own; else from one, at half the cost. */
  readonly separate?: boolean
}

export interface Condition {
  /** int32 [n] in 0 .. classes - 1. */
  readonly labels: Tensor
  readonly classes: number
}

const identity = (size: number): Tensor =>
  constant(
    Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0)),
    [size, size],
  )

/**
 * What a label adds to the first hidden layer and to the output: a layer of half the width from its one-hot row. It is computed once
 * a class and looked up for each sample.
 */
function labelTerms(p: Scope, { labels, classes }: Condition, options: ConditionerOptions, outputs: number) {
  const half = Math.ceil(options.width / 2)
  const embedded = activations[options.activation](linear(p.at('embed'), identity(classes), half))
  const hidden = linear(p.at('hidden'), embedded, options.width, { bias: false })
  const output = linear(p.at('output'), embedded, outputs, { bias: false, initialise: zeros })
  return { hidden: gather(hidden, labels), output: gather(output, labels) }
}

/** [n, k] to [n, outputs]; zero at the start. */
function network(
  p: Scope,
  given: Tensor,
  outputs: number,
  options: ConditionerOptions,
  condition: Condition | undefined,
): Tensor {
  const label = condition && labelTerms(p.at('label'), condition, options, outputs)
  const activate = activations[options.activation]
  let h = given
  for (let layer = 0; layer < options.depth; layer++) {
    const raw = linear(p.at(`layers.${layer}`), h, options.width)
    h = activate(layer === 0 && label ? add(raw, label.hidden) : raw)
  }
  const raw = linear(p.at('output'), h, outputs, { initialise: zeros })
  return label ? add(raw, label.output) : raw
}

// t = tanh(x / c) enters beside x for the gradient, in which c and 1 / c cancel: as products of their own they would be two passes.
const amplified = operation<{ c: number }>('saturated', {
  shape: ([x]) => x.shape,
  emit: (graph, [, t], _, { c }) => graph.node('Mul', [t, graph.constant(Float32Array.of(c), [])]),
  gradient: ([, t], _, dy) => [mul(dy, sub(1, mul(t, t))), null],
})

/** c tanh(x / c): x where it is small, never beyond c. */
const saturated = (x: Tensor, c: number): Tensor => amplified([x, tanh(mul(x, 1 / c))], { c })

/**
 * Couplings start at the identity. g and the bias of t are the ActNorm (Kingma & Dhariwal 2018) of the mapped features: started from
 * data, it is the identity too wherever the data that enter the first coupling are standardised.
 */
export const mlpConditioner =
  (options: ConditionerOptions, condition?: Condition): Conditioner =>
  (p, given, width) => {
    const { clamp, reach } = options
    const seen = reach === undefined ? given : saturated(given, reach)
    const gain = p.parameter('gain', [width], zeros)
    const net = (part: Scope, outputs: number) => network(part, seen, outputs, options, condition)
    const [raw, shift] = options.separate
      ? [net(p.at('s'), width), net(p.at('t'), width)]
      : chunk(net(p, 2 * width), 2, 1)
    return { logScale: add(saturated(raw, clamp), gain), shift }
  }
