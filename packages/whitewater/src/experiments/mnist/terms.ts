// Numbers that go with another classifier or autoencoder than today's are refused, never shown beside the others.
import { usageError } from '../../errors.ts'
import { checkSameExtractor } from '../../metrics/features/same.ts'
import type { MnistResult, Prepared } from './result.ts'

const short = (hash: string): string => hash.slice(0, 12)

/** @throws WhitewaterError (usage) for a result of other terms than what is prepared */
export function checkTerms({ terms }: MnistResult, prepared: Prepared, run: string): void {
  checkSameExtractor(terms.extractor, prepared.terms.extractor, `run ${run}`)
  const [own, now] = [terms, prepared.terms].map(({ autoencoder }) => autoencoder)
  if (own === now) return
  throw usageError(
    `run ${run} was measured with autoencoder ${short(own)}, and now it is ${short(now)}: numbers of different ones do not compare; measure all anew with --fresh, keep both apart with --out, or give the same --prepared folder to both`,
  )
}
