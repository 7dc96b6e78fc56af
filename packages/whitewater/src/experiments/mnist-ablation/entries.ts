// The runs of Fig. 9 by what is varied, seeds together.
import type { AblationSettings } from './settings.ts'
import type { Measured } from '../runner/experiment.ts'
import { final, over, type Repeated } from '../mnist/entries.ts'
import type { MnistResult } from '../mnist/result.ts'
import { groupBy } from '../shared/observe.ts'

export type AblationRun = Measured<AblationSettings, MnistResult>

/** One preconditioner of one size, trained so long; or a baseline. */
export interface Variant extends Repeated {
  readonly runs: readonly AblationRun[]
  readonly settings: AblationSettings
}

export const variantsOf = (runs: readonly AblationRun[]): Variant[] =>
  [...groupBy(runs, ({ settings: { row, axis, factor } }) => `${row} ${axis} ${factor}`).values()].map(
    (group) => ({ runs: group, settings: group[0].settings }),
  )

export const baselineNamed = (variants: readonly Variant[], row: string): Variant | undefined =>
  variants.find(({ settings }) => settings.axis === 'baseline' && settings.row === row)

export type Axis = 'capacity' | 'epochs'

/** Parameter count of P. */
export const weightsOf = (variant: Variant): number =>
  over(variant, ({ preconditionerParameters }) => preconditionerParameters).mean

export const epochsOf = ({ settings }: Variant): number => settings.fitEpochs ?? 0

/** What an axis varies: weights of the preconditioner, or epochs that it is trained. */
export const along: Readonly<Record<Axis, (variant: Variant) => number>> = {
  capacity: weightsOf,
  epochs: epochsOf,
}

/** Variants of a row along an axis, least first; the size of Table 1 ends both axes and is trained once. */
export function seriesAlong(variants: readonly Variant[], row: string, axis: Axis): Variant[] {
  const full = ({ settings }: Variant) => settings.axis === 'capacity' && settings.factor === 1
  return variants
    .filter(({ settings }) => settings.row === row && settings.axis !== 'baseline')
    .filter((variant) => variant.settings.axis === axis || full(variant))
    .sort((a, b) => along[axis](a) - along[axis](b))
}

/** Rows that something is varied of. */
export const variedRows = (variants: readonly Variant[]): string[] => [
  ...new Set(
    variants.filter(({ settings }) => settings.axis !== 'baseline').map(({ settings }) => settings.row),
  ),
]

export const frechetOf = (variant: Variant) => final(variant, 'frechet')
