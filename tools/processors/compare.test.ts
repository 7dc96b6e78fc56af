import { describe, expect, it } from 'vitest'
import { compareNumbers } from './compare.js'

const report = (numbers: Record<string, number[]>) => ({ sections: [{}, { numbers }] })
const reference = report({ 'mlp: loss': [1, 2], 'mlp: Heun': [0.5, -4] })

describe('numbers of two processors', () => {
  it('pass within the tolerance of each', () => {
    const { faults, worst } = compareNumbers(
      report({ 'mlp: loss': [1, 2.0001], 'mlp: Heun': [0.502, -4] }),
      reference,
    )
    expect(faults).toEqual([])
    expect(worst).toBeCloseTo(5e-4, 6)
  })

  it.each([
    [
      'a loss that is off',
      { 'mlp: loss': [1, 2.0003], 'mlp: Heun': [0.5, -4] },
      'mlp: loss differs by 0.00015',
    ],
    ['NaN', { 'mlp: loss': [1, 2], 'mlp: Heun': [NaN, -4] }, 'mlp: Heun differs by Infinity'],
    ['numbers that are missing', { 'mlp: loss': [1, 2] }, 'mlp: Heun differs by Infinity'],
    [
      'numbers of another length',
      { 'mlp: loss': [1], 'mlp: Heun': [0.5, -4] },
      'mlp: loss differs by Infinity',
    ],
  ])('do not with %s', (_, numbers, message) => {
    const { faults } = compareNumbers(report(numbers), reference)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(message)
  })
})
