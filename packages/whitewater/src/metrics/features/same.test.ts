import { describe, expect, it } from 'vitest'
import { checkSameExtractor, featureTerms } from './same.ts'

const made = { name: 'mnist', hash: 'a'.repeat(64), accuracy: 0.99 }

describe('checkSameExtractor', () => {
  it('lets the same weights pass', () => {
    expect(() => checkSameExtractor(made, { ...made, accuracy: undefined }, 'x')).not.toThrow()
  })

  it('names what made the number and what is given, for other weights and for another extractor', () => {
    expect(() => checkSameExtractor(made, { ...made, hash: 'b'.repeat(64) }, 'RUN/evaluation.json')).toThrow(
      /^RUN\/evaluation.json was measured in features 'mnist' a{12}, and these are 'mnist' b{12}: numbers of different/,
    )
    expect(() => checkSameExtractor(made, { ...made, name: 'glyphs' }, 'x')).toThrow("these are 'glyphs'")
  })

  it('keeps of an extractor what names it', () => {
    expect(featureTerms({ ...made, accuracy: undefined })).toEqual({ name: 'mnist', hash: made.hash })
    expect(featureTerms(made)).toEqual(made)
  })
})
