// A network for a velocity field: how to build it under a scope, and the options that say which one it is.
import { concat, input, oneHot, reshape, sizeOf, type Tensor } from '@whitewater/tensor'
import { declare, type Parameter, type Scope } from './scope.ts'

export interface FieldInputs {
  /** [n, ...features] */
  readonly x: Tensor
  /** [n], path time in [0, 1]. */
  readonly t: Tensor
  /** int32 [n] in 0 ... classes, `classes` meaning 'no label'. */
  readonly labels?: Tensor
  readonly classes?: number
}

/** Plain data but for `build`: `kind` and `options` restore it from a run's configuration. */
export interface FieldNetwork {
  readonly kind: string
  readonly options: Readonly<Record<string, number | string | boolean | readonly number[]>>
  /** The velocity at x, of x's shape. */
  build(p: Scope, inputs: FieldInputs): Tensor
}

/** Labels and their number belong together; undefined for an unconditional field. */
export function condition({ labels, classes }: FieldInputs): { labels: Tensor; classes: number } | undefined {
  if (!labels) return undefined
  if (classes === undefined) throw new RangeError('labels are given, but not how many classes there are')
  return { labels, classes }
}

/** [x, t, one-hot label] of each sample side by side, [n, size + 1], or [n, size + 2 + classes] with labels. */
export function flatInputs(inputs: FieldInputs): Tensor {
  const { x, t } = inputs
  const given = condition(inputs)
  const parts = [reshape(x, [-1, sizeOf(x.shape.slice(1))]), reshape(t, [-1, 1])]
  return concat(given ? [...parts, oneHot(given.labels, given.classes + 1)] : parts, 1)
}

/** The parameters that the network declares for samples of this shape. */
export function parametersOf(
  network: FieldNetwork,
  features: readonly number[],
  classes: number | undefined,
): readonly Parameter[] {
  const x = input('x', [1, ...features])
  const labels = classes === undefined ? undefined : input('labels', [1], 'int32')
  return declare((p) => network.build(p, { x, t: input('t', [1]), labels, classes })).parameters
}
