// Standard deviations to divide by, with a floor: what standardise does a feature, and dct a frequency.
import { failureError } from '../../errors.ts'

export interface Deviations {
  readonly deviations: Float64Array
  readonly inverses: Float64Array
  /** log |det| of dividing by them. */
  readonly logDeterminant: number
  /** How many variances the floor raised. */
  readonly floored: number
}

/**
 * @param floor variances below this share of the largest are raised to it
 * @throws WhitewaterError (failure) when all variances are zero, or one is and the floor too
 */
export function deviationsOf(
  { name, variance, floor }: { name: string; variance: Float64Array; floor: number },
  kind: string,
): Deviations {
  if (variance.every((value) => value === 0))
    throw failureError(`${name}: all ${variance.length} features are constant, there is nothing to learn`)
  const constantAt = variance.indexOf(0)
  if (constantAt >= 0 && floor === 0) {
    throw failureError(
      `${name}: feature ${constantAt} has zero variance; drop it, or give ${kind} a floor above 0`,
    )
  }
  const least = floor * variance.reduce((a, b) => Math.max(a, b), 0)
  const deviations = variance.map((value) => Math.sqrt(Math.max(value, least)))
  return {
    deviations,
    inverses: deviations.map((value) => 1 / value),
    logDeterminant: -deviations.reduce((sum, value) => sum + Math.log(value), 0),
    floored: variance.reduce((count, value) => count + Number(value < least), 0),
  }
}
