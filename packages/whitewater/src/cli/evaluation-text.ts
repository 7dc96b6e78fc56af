// What `evaluate` says of its numbers: the metrics by name, and the terms that they depend on.
import type { ImageEvaluation } from '../metrics/evaluate-images.ts'
import type { RunImageEvaluation } from '../runs/evaluate-images.ts'
import type { RunTerms } from '../runs/evaluate.ts'
import { evaluationsText, featuresText, measuresOf } from '../runs/evaluation-text.ts'
import type { Evaluation } from '../metrics/evaluate.ts'
import { formatInteger, formatNumber } from '../format-number.ts'
import { facts } from './output.ts'

/** A run's or files' result. */
export type Shown = (Evaluation | ImageEvaluation) &
  Partial<RunTerms & Pick<RunImageEvaluation, 'features' | 'seed' | 'decoder'>>

/** How the samples of a run were drawn. */
function samplerOf({ method, guidance, ...cost }: Shown): string | undefined {
  if (method === undefined) return undefined
  return `${method}, ${evaluationsText(cost)}${guidance ? `, guidance ${guidance}` : ''}`
}

/** Which pairs of samples some metrics saw, where not all. */
function pairsOf(result: Shown): string | undefined {
  if (!('pairwiseSamples' in result)) return undefined
  const [real, generated] = result.pairwiseSamples
  if (real === result.realSamples && generated === result.samples) return undefined
  return `${formatInteger(generated)} generated, ${formatInteger(real)} real, at random, in all but Frechet and sliced W2`
}

/** What the numbers depend on. */
function termsOf(result: Shown): Record<string, string | undefined> {
  const { samples, realSamples, dimension, reference, step, seed, decoder } = result
  const bandwidth = [result.bandwidth].flat().map((s) => formatNumber(s))
  return {
    samples: `${formatInteger(samples)} generated, ${formatInteger(realSamples)} real${reference ? ` (${reference})` : ''}, ${dimension} dimensions`,
    features: featuresText(result),
    decoder: decoder?.slice(0, 12),
    pairs: pairsOf(result),
    sampler: samplerOf(result),
    terms: `k ${result.k}, bandwidth ${bandwidth.join(', ')}${seed === undefined ? '' : `, seed ${seed}`}${step === undefined ? '' : `, step ${step}`}`,
  }
}

export function evaluationText(result: Shown): string {
  const values: Record<string, string | undefined> = {}
  for (const [label, value] of Object.entries(measuresOf(result))) values[label] = formatNumber(value)
  return facts({ ...values, ...termsOf(result) })
}
