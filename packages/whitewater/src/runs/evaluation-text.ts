// What commands and reports say of measured samples: metrics by name, features, and what a sample cost.
import type { Generated } from '../generator/generator.ts'
import type { ImageEvaluation } from '../metrics/evaluate-images.ts'
import { metricLabels, metricNames, type Evaluation } from '../metrics/evaluate.ts'
import { formatNumber } from '../format-number.ts'
import type { RunImageEvaluation } from './evaluate-images.ts'
import type { RunEvaluation } from './evaluate.ts'

/** Run result. */
export type Measured = RunEvaluation | RunImageEvaluation

/** Metrics by the names that tables give them; those that there are. */
export function measuresOf(
  result: Partial<Record<(typeof metricNames)[number], number>>,
): Record<string, number> {
  return Object.fromEntries(
    metricNames.flatMap((name) => {
      const value = result[name]
      return value === undefined ? [] : [[metricLabels[name], value]]
    }),
  )
}

/** The extractor of features, by name and the start of its hash. */
export function featuresText({
  features,
}: (Evaluation | ImageEvaluation) & Partial<Pick<RunImageEvaluation, 'features'>>): string | undefined {
  if (!features) return undefined
  const { name, hash, accuracy } = features
  const right =
    accuracy === undefined ? '' : `, ${formatNumber(100 * accuracy)} % of its test images recognised`
  return `${name}, weights ${hash.slice(0, 12)}${right}`
}

/** What a sample cost, in evaluations of the field and of the preconditioner's own network where it has one. */
export function evaluationsText({
  evaluations = 0,
  preconditionerEvaluations = 0,
}: Partial<Pick<Generated, 'evaluations' | 'preconditionerEvaluations'>>): string {
  const inverse = preconditionerEvaluations > 0 ? ` and ${preconditionerEvaluations} of P^-1` : ''
  return `${evaluations} evaluations a sample${inverse}`
}
