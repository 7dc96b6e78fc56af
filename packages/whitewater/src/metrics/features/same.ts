// Numbers in features compare only where the features are the same to the last bit of their weights.
import { usageError } from '../../errors.ts'

/** What a number in features carries. */
export interface FeatureTerms {
  readonly name: string
  /** SHA-256 of the weights, hex. */
  readonly hash: string
  /** Classifier accuracy on its test split, where it is ours. */
  readonly accuracy?: number
}

/** What names an extractor in a result. */
export const featureTerms = ({ name, hash, accuracy }: FeatureTerms): FeatureTerms => ({
  name,
  hash,
  ...(accuracy !== undefined && { accuracy }),
})

const shown = ({ name, hash }: FeatureTerms): string => `'${name}' ${hash.slice(0, 12)}`

/**
 * @param made features that a number was made with
 * @param given features that are to stand beside it
 * @param where what holds the number, for the error
 * @throws WhitewaterError (usage) unless they are the same
 */
export function checkSameExtractor(made: FeatureTerms, given: FeatureTerms, where: string): void {
  if (made.name === given.name && made.hash === given.hash) return
  throw usageError(
    `${where} was measured in features ${shown(made)}, and these are ${shown(given)}: numbers of different features do not compare; measure with the same weights, or remove the earlier result and measure all anew`,
  )
}
