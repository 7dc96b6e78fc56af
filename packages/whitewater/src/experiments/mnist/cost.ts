// What a run of Table 1 costs in arithmetic: its field's training, and the preconditioner's own, by the networks they have.
import { input, sizeOf } from '@whitewater/tensor'
import type { Dataset } from '../../data/dataset.ts'
import type { GeneratorParts } from '../../generator/parts.ts'
import { EVALUATIONS_A_TRAINING_STEP, fieldFlops, flopsOf } from '../../nn/flops.ts'
import { networkFor, networkOptions } from '../../precondition/trained/flow/network.ts'
import type { FittedPreconditioner } from '../../precondition/preconditioner.ts'
import type { MnistSettings } from './settings.ts'

/** Training steps of `epochs` passes over `count` samples. */
export const stepsOf = (epochs: number, count: number, batch: number): number =>
  Math.max(1, Math.round((epochs * count) / batch))

/** One evaluation of P's own network, for one sample; 0 for maps without one. */
function networkFlops({ kind, options, features, graph }: FittedPreconditioner, classes?: number): number {
  if (kind === 'flow') {
    const sized = networkOptions({ network: 'mlp', ...options }, features)
    return fieldFlops(networkFor(sized), features, classes)
  }
  if (kind !== 'real-nvp') return 0
  const labels = classes === undefined ? undefined : input('labels', [1], 'int32')
  return flopsOf([graph.forward(input('x', [1, ...features]), labels)])
}

/** Fit and the mapping of all samples; the moments of n samples are n d^2 terms. */
function preconditionerFlops(fitted: FittedPreconditioner, { samples, classes }: Dataset): number {
  const [n, ...features] = samples.shape
  const one = networkFlops(fitted, classes)
  const { steps } = fitted.describe()
  const { batch, steps: asked } = fitted.options
  const trained = Number(steps ?? asked ?? 0) * Number(batch ?? 0)
  const mapped = n * (fitted.evaluations?.() ?? 1)
  return one > 0 ? one * (EVALUATIONS_A_TRAINING_STEP * trained + mapped) : 2 * n * sizeOf(features) ** 2
}

/** Weights of P's own network. */
export const preconditionerParameters = (fitted: FittedPreconditioner): number =>
  Number(fitted.describe().parameters ?? 0)

/** Floating-point operations of a training run. */
export function flopsOfRun(
  { field, features, labelCounts, preconditioner }: GeneratorParts,
  data: Dataset,
  { epochs, batch, precondition }: Pick<MnistSettings, 'epochs' | 'batch' | 'precondition'>,
) {
  const steps = stepsOf(epochs, data.samples.shape[0], batch)
  return {
    field: EVALUATIONS_A_TRAINING_STEP * steps * batch * fieldFlops(field, features, labelCounts?.length),
    preconditioner: precondition.kind === 'none' ? 0 : preconditionerFlops(preconditioner, data),
  }
}
