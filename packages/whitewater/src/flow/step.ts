// One explicit Runge-Kutta step, written symbolically, so that a compiled program performs it whole.
import { add, mul, sliceAxis, type Tensor } from '@whitewater/tensor'
import { evaluateField, sameTime, type Field } from './field.ts'
import type { Tableau } from './tableau.ts'

export interface StepInputs {
  readonly x: Tensor
  /** t + c_i h, one a stage, [stages]: the host computes them, so that the last one is exactly the end. */
  readonly times: Tensor
  /** Signed step size: [] or [1]. */
  readonly h: Tensor
  readonly labels?: Tensor
  /** k_1 when it is already known. */
  readonly first?: Tensor
}

/** h sum_j weights_j slopes_j; undefined when every weight is zero. */
export function increment(
  h: Tensor,
  weights: readonly number[],
  slopes: readonly Tensor[],
): Tensor | undefined {
  const terms = weights.flatMap((weight, j) => (weight === 0 ? [] : [mul(slopes[j], mul(h, weight))]))
  return terms.length === 0 ? undefined : terms.reduce(add)
}

/** x + h sum_j weights_j slopes_j. */
export function advance(x: Tensor, h: Tensor, weights: readonly number[], slopes: readonly Tensor[]): Tensor {
  const change = increment(h, weights, slopes)
  return change ? add(x, change) : x
}

/** The slopes k_1 .. k_s of one step, each of x's shape. */
export function stageSlopes(method: Tableau, field: Field, inputs: StepInputs): Tensor[] {
  const { x, times, h, labels, first } = inputs
  const slopes = first ? [first] : []
  for (let i = slopes.length; i < method.nodes.length; i++) {
    const t = sameTime(sliceAxis(times, 0, i, 1), x)
    slopes.push(evaluateField(field, advance(x, h, method.matrix[i], slopes), t, labels))
  }
  return slopes
}

/** x at the end of the step. */
export const stepOnce = (method: Tableau, field: Field, inputs: StepInputs): Tensor =>
  advance(inputs.x, inputs.h, method.weights, stageSlopes(method, field, inputs))
