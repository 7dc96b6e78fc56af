// The conditional flow matching loss (Eq. 2), with labels dropped at random for classifier-free guidance.
import { less, mean, square, sub, where, type Tensor } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { evaluateField, type Field } from './field.ts'
import { conditionalVelocity, pointOnPath, type Path } from './path.ts'

/** Which labels become the null class (Ho & Salimans 2022). */
export interface LabelDropping {
  /** Uniforms in [0, 1), [n]: a label is dropped where its uniform is below `probability`. */
  readonly uniforms: Tensor
  /** In [0, 1]; the paper uses 0.1. */
  readonly probability: number
  /** Number of classes; the null class has this index, so an embedding table has classes + 1 rows. */
  readonly classes: number
}

/** One batch: x0 and x1 [n, ...features], t [n] of their dtype, labels int32 [n]. */
export interface FlowMatchingBatch {
  readonly x0: Tensor
  readonly x1: Tensor
  readonly t: Tensor
  readonly labels?: Tensor
  /** Without it every label is kept. */
  readonly drop?: LabelDropping
}

/** Labels int32 [n] with some replaced by the null class. Throws a WhitewaterError for a probability outside [0, 1]. */
export function dropLabels(labels: Tensor, { uniforms, probability, classes }: LabelDropping): Tensor {
  if (!(probability >= 0 && probability <= 1)) {
    throw usageError(`label drop probability is ${probability}, expected a number in [0, 1]`)
  }
  return probability === 0 ? labels : where(less(uniforms, probability), classes, labels)
}

/**
 * |v(x_t, t, y) - u|^2, averaged over samples and features: Eq. 2 divided by the number of features, so that the value
 * and the step size do not depend on the dimension. A symbolic scalar [].
 * @throws WhitewaterError when labels are to be dropped and none are given, or the field's shape is wrong
 */
export function flowMatchingLoss(field: Field, path: Path, batch: FlowMatchingBatch): Tensor {
  const { x0, x1, t, labels, drop } = batch
  if (drop && !labels)
    throw usageError('labels are to be dropped but none are given; give labels or leave out drop')
  const kept = labels && drop ? dropLabels(labels, drop) : labels
  const velocity = evaluateField(field, pointOnPath(path, x0, x1, t), t, kept)
  return mean(square(sub(velocity, conditionalVelocity(path, x0, x1, t))))
}
