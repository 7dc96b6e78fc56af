// Numbers that go with another classifier or autoencoder than today's are refused, never shown beside the others.
import { usageError } from '../../errors.ts'
import type { MnistResult, Prepared, Terms } from './result.ts'

const short = (hash: string): string => hash.slice(0, 12)

/** @throws WhitewaterError (usage) for a result of other terms than what is prepared */
export function checkTerms({ terms }: MnistResult, prepared: Prepared, run: string): void {
  const names: readonly (keyof Terms)[] = ['extractor', 'autoencoder']
  const other = names.find((name) => terms[name] !== prepared.terms[name])
  if (other === undefined) return
  throw usageError(
    `run ${run} was measured with ${other} ${short(terms[other])}, and now it is ${short(prepared.terms[other])}: numbers of different ones do not compare; measure all anew with --fresh, or keep both apart with --out`,
  )
}
