// The matching losses: flow matching (Eq. 2) and denoising score matching, with labels dropped at random for classifier-free
// guidance.
import { less, mean, square, where, type Tensor } from '@whitewater/tensor'
import { usageError } from '../errors.ts'
import { evaluateField, type Field } from './field.ts'
import { pointOnPath, type Path } from './path.ts'
import { predictionError, velocityPrediction, type Prediction } from './prediction.ts'
import { scaled } from './scalar.ts'
import type { LossWeight } from './weight.ts'

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

/** What a network is trained to say, and how its errors are weighed. */
export interface Matching {
  readonly path: Path
  readonly prediction: Prediction
  /** w(t); uniform unless given. */
  readonly weight?: LossWeight
  /** The error [n, ...features] in other units before it is squared: what a residual asks for. */
  readonly weigh?: (error: Tensor, t: Tensor, labels?: Tensor) => Tensor
}

/**
 * w(t) |m p(x_t, t, y) - m p*|^2 averaged over samples and features, for the target p* that the prediction names: a symbolic
 * scalar []. Velocity is flow matching (Eq. 2 divided by the number of features, so that value and step size do not depend
 * on the dimension). Noise is Ho et al.'s simple loss (2020). Score is denoising score matching (Vincent 2011) with the weight
 * m^2 = sigma^2 of Song et al. (2021), which equals the noise loss and is finite at every t.
 * @throws WhitewaterError when labels are to be dropped and none are given, or the network's shape is wrong
 */
export function matchingLoss(network: Field, matching: Matching, batch: FlowMatchingBatch): Tensor {
  const { path, prediction, weight, weigh } = matching
  const { x0, x1, t, labels, drop } = batch
  if (drop && !labels)
    throw usageError('labels are to be dropped but none are given; give labels or leave out drop')
  const kept = labels && drop ? dropLabels(labels, drop) : labels
  const p = evaluateField(network, pointOnPath(path, x0, x1, t), t, kept)
  const error = predictionError(prediction, path, { p, x0, x1, t })
  const squares = square(weigh ? weigh(error, t, kept) : error)
  return mean(weight ? scaled(weight.at(path, prediction, t), squares) : squares)
}

/** |v(x_t, t, y) - u|^2: `matchingLoss` of the velocity with uniform weight (Eq. 2). */
export const flowMatchingLoss = (field: Field, path: Path, batch: FlowMatchingBatch): Tensor =>
  matchingLoss(field, { path, prediction: velocityPrediction }, batch)
