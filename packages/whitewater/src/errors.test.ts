import { describe, expect, it } from 'vitest'
import { editDistance, failureError, unknownName, WhitewaterError } from './errors.ts'

describe('WhitewaterError', () => {
  it('carries its kind and one line', () => {
    const error = failureError('first\n  second', new Error('cause'))
    expect(error).toBeInstanceOf(WhitewaterError)
    expect(error.kind).toBe('failure')
    expect(error.message).toBe('first second')
    expect(error.cause).toBeInstanceOf(Error)
  })
})

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['swis-roll', 'swiss-roll', 1],
  ])('%s to %s is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
    expect(editDistance(b, a)).toBe(distance)
  })
})

describe('unknownName', () => {
  it('guesses the nearest name, and not when none is near', () => {
    expect(unknownName('dataset', 'swis-roll', ['gaussian', 'swiss-roll']).message).toBe(
      "unknown dataset 'swis-roll': did you mean 'swiss-roll'? Known: gaussian, swiss-roll",
    )
    expect(unknownName('solver', 'zzzzzzzz', ['euler', 'heun']).message).toBe(
      "unknown solver 'zzzzzzzz': Known: euler, heun",
    )
  })
})
