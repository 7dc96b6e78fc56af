import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatInteger, formatNumber, formatPlain, formatTick, powerOfTen } from './format-number.ts'

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** Reads a printed number back. */
function parse(text: string): number {
  const plain = text.replaceAll('−', '-').replaceAll(',', '')
  const [mantissa, power] = plain.split(' × 10')
  if (power === undefined) return Number(mantissa)
  const exponent = [...power].map((sign) => (sign === '⁻' ? '-' : superscripts.indexOf(sign))).join('')
  return Number(`${mantissa}e${exponent}`)
}

describe('formatNumber', () => {
  it('prints what is not a finite number as a sign', () => {
    expect([NaN, Infinity, -Infinity].map((value) => formatNumber(value))).toEqual(['–', '∞', '−∞'])
  })

  it('keeps the significant digits', () => {
    expect([5.97, 77.1, 0.00123, 2603, 99999.6].map((value) => formatNumber(value))).toEqual([
      '5.970',
      '77.10',
      '0.001230',
      '2,603',
      '100,000',
    ])
    expect(formatNumber(-0.5, 2)).toBe('−0.50')
    expect(formatNumber(-0)).toBe('0')
    expect(formatNumber(1.2345e-7, 3)).toBe('1.23 × 10⁻⁷')
    expect(formatNumber(-1.5e12, 2)).toBe('−1.5 × 10¹²')
  })

  it('reads back to within half a unit of its last digit', () => {
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 })
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 12 }), (value, digits) => {
        const error = Math.abs(parse(formatNumber(value, digits)) - value)
        expect(error).toBeLessThanOrEqual(Math.abs(value) * 0.5001 * 10 ** (1 - digits) + Number.MIN_VALUE)
      }),
    )
  })
})

it('prints integers in full', () => {
  expect([0, 50000, -1234567, NaN].map(formatInteger)).toEqual(['0', '50,000', '−1,234,567', '–'])
})

it('prints numbers of sentences in plain characters', () => {
  expect([0, 0.0123, 250.4, 99_999, 123_456, 0.0034, Infinity].map((value) => formatPlain(value))).toEqual([
    '0',
    '0.012',
    '250',
    '100000',
    '1.2e5',
    '3.4e-3',
    'Infinity',
  ])
  expect(formatPlain(250.4, 4)).toBe('250.4')
})

it('prints ticks as short as they can be said', () => {
  expect([0, 0.1 + 0.2, 0.001, 2500, -0.5, 1e5, 2e-4].map(formatTick)).toEqual([
    '0',
    '0.3',
    '0.001',
    '2,500',
    '−0.5',
    '10⁵',
    '2 × 10⁻⁴',
  ])
  expect(powerOfTen(-12)).toBe('10⁻¹²')
})
