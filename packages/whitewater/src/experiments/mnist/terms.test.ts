import { describe, expect, it } from 'vitest'
import { madeUpPrepared, madeUpRuns } from './testing/made-up.ts'
import { checkTerms } from './terms.ts'

describe('checkTerms', () => {
  const [{ name, result }] = madeUpRuns({ quick: true }, 1)
  const prepared = madeUpPrepared()

  it('lets results of the same weights stand together', () => {
    expect(() => checkTerms(result, prepared, name)).not.toThrow()
  })

  it('refuses a number of another extractor or autoencoder, and says what to do', () => {
    const other = (terms: object) => ({ ...result, terms: { ...result.terms, ...terms } })
    const extractor = { name: 'mnist', hash: 'c'.repeat(64) }
    expect(() => checkTerms(other({ extractor }), prepared, name)).toThrow(
      "run none_seed-0 was measured in features 'mnist' cccccccccccc, and these are 'mnist' aaaaaaaaaaaa",
    )
    expect(() => checkTerms(other({ autoencoder: 'c'.repeat(64) }), prepared, name)).toThrow(
      'run none_seed-0 was measured with autoencoder cccccccccccc, and now it is bbbbbbbbbbbb: numbers of different ones do not compare; measure all anew with --fresh, keep both apart with --out, or give the same --prepared folder to both',
    )
  })
})
