// How much arithmetic a network is: multiplications and additions of its products and convolutions, counted from its graph.
import { computed, input, sizeOf, type Tensor } from '@whitewater/tensor'
import type { FieldNetwork } from './network.ts'
import { declare } from './scope.ts'

/** Terms that are summed for one number of the output, by operation. Everything else is work in proportion to its output. */
const terms: Readonly<Record<string, (node: Tensor) => number>> = {
  matmul: ({ inputs: [a], origin }) => {
    const flipped = origin.kind === 'operation' && origin.attributes.transposeA === true
    return a.shape[a.shape.length - (flipped ? 2 : 1)]
  },
  linear: ({ inputs: [, weight] }) => weight.shape[1],
  conv2d: ({ inputs: [, weight] }) => sizeOf(weight.shape.slice(1)),
}

/**
 * Floating-point operations of computing the outputs: two a term of matrix products and of convolutions as they are defined, however
 * they are carried out; elementwise work is left out, as is usual.
 */
export const flopsOf = (outputs: readonly Tensor[]): number =>
  computed(outputs).reduce((sum, node) => {
    const count = node.origin.kind === 'operation' ? terms[node.origin.name] : undefined
    return count ? sum + 2 * sizeOf(node.shape) * count(node) : sum
  }, 0)

/** Floating-point operations of one evaluation of a field for one sample. */
export function fieldFlops(
  network: FieldNetwork,
  features: readonly number[],
  classes: number | undefined,
): number {
  const x = input('x', [1, ...features])
  const labels = classes === undefined ? undefined : input('labels', [1], 'int32')
  return flopsOf([declare((p) => network.build(p, { x, t: input('t', [1]), labels, classes })).result])
}

/** Cost of a training step in evaluations: the gradient takes two products for each forward one. */
export const EVALUATIONS_A_TRAINING_STEP = 3
