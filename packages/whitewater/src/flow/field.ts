// A velocity field v(x, t, y) as a function of symbolic tensors: what a network is trained to be and a solver integrates.
import { expand, reshape, sameShape, type Tensor } from '@whitewater/tensor'
import { usageError } from '../errors.ts'

/**
 * v(x, t, labels): x [n, ...features]; t [n], one time a sample, in [0, 1], of x's dtype; labels int32 [n] where the
 * field is conditional. The result has the shape and dtype of x. A network closes over its parameters.
 */
export type Field = (x: Tensor, t: Tensor, labels?: Tensor) => Tensor

/** The field's value, checked. Throws a WhitewaterError when it does not have x's shape and dtype. */
export function evaluateField(field: Field, x: Tensor, t: Tensor, labels?: Tensor): Tensor {
  const velocity = field(x, t, labels)
  if (!sameShape(velocity.shape, x.shape) || velocity.dtype !== x.dtype) {
    throw usageError(
      `the field gave ${velocity.dtype} [${velocity.shape.join(', ')}] for x ${x.dtype} [${x.shape.join(', ')}]; a velocity has the shape and dtype of x`,
    )
  }
  return velocity
}

/** One value a sample, [n], shaped [n, 1, ...] to broadcast over the features of x. */
export const perSample = (values: Tensor, x: Tensor): Tensor =>
  reshape(values, [x.shape[0], ...x.shape.slice(1).map(() => 1)])

/** The same time for every sample of x: [n] from a scalar []. */
export const sameTime = (t: Tensor, x: Tensor): Tensor => expand(reshape(t, [1]), [x.shape[0]])
