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
    expect(() => checkTerms(other({ extractor: 'c'.repeat(64) }), prepared, name)).toThrow(
      'run none_seed-0 was measured with extractor cccccccccccc, and now it is aaaaaaaaaaaa: numbers of different ones do not compare; measure all anew with --fresh, or keep both apart with --out',
    )
    expect(() => checkTerms(other({ autoencoder: 'c'.repeat(64) }), prepared, name)).toThrow('autoencoder')
  })
})
