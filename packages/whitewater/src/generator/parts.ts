// What a generator is made of, and its field: network, path, prediction and residual as one velocity.
import type { StateSpec } from '@whitewater/tensor'
import type { Field } from '../flow/field.ts'
import { linearPath, type Path } from '../flow/path.ts'
import { velocityField as velocityOf, velocityPrediction, type Prediction } from '../flow/prediction.ts'
import type { FieldNetwork } from '../nn/network.ts'
import { namedParts, type Parameter } from '../nn/scope.ts'
import { residentWeights } from '../nn/weights.ts'
import type { FittedPreconditioner } from '../precondition/preconditioner.ts'
import type { FittedResidual } from '../precondition/residual/residual.ts'

/** How the network's output becomes a velocity. */
export interface FieldForm {
  readonly path: Path
  readonly prediction: Prediction
  /** Only around a network that predicts the velocity. */
  readonly residual?: FittedResidual
}

export const plainForm: FieldForm = { path: linearPath, prediction: velocityPrediction }

export interface GeneratorParts {
  readonly field: FieldNetwork
  readonly form: FieldForm
  readonly preconditioner: FittedPreconditioner
  /** Shape of one sample. */
  readonly features: readonly number[]
  /**
   * Training samples of each label that the field knows: classes, or components of classes where the preconditioner sorts into
   * such. Absent for an unconditional field.
   */
  readonly labelCounts?: readonly number[]
  readonly parameters: readonly Parameter[]
  /** Flat weights that samples are drawn with: the moving average. */
  readonly weights: Float32Array
}

/** The velocity field of a network. */
const velocityField = (network: Field, { path, prediction, residual }: FieldForm): Field =>
  residual ? residual.field(network, path) : velocityOf(network, path, prediction)

/** The velocity field over resident weights. */
export function residentField({ field: network, form, parameters, weights, labelCounts }: GeneratorParts): {
  field: Field
  parameters: Record<string, StateSpec>
} {
  const { scope, state } = residentWeights(namedParts(parameters, weights))
  const classes = labelCounts?.length
  return {
    field: velocityField((x, t, labels) => network.build(scope, { x, t, labels, classes }), form),
    parameters: state,
  }
}
