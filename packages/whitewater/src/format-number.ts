// Numbers as readers see them: fixed significant digits, a true minus, grouped thousands, "–" for NaN and "∞" for infinity.

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** `10ⁿ` with a superscript exponent. */
export function powerOfTen(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('')
  return `10${exponent < 0 ? '⁻' : ''}${digits}`
}

const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/** An integer in full with grouped thousands; anything not finite as {@link formatNumber} does. */
export function formatInteger(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15) return formatNumber(value)
  const rounded = Math.round(value)
  return (rounded < 0 ? '−' : '') + group(String(Math.abs(rounded)))
}

/**
 * `value` with exactly `digits` significant digits; powers of ten outside [10⁻³, 10⁶).
 * NaN prints as "–", infinities as "∞" and "−∞".
 */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return '–'
  const sign = value < 0 ? '−' : ''
  const size = Math.abs(value)
  if (size === Infinity) return `${sign}∞`
  if (size === 0) return '0'
  const [mantissa, power] = size.toExponential(digits - 1).split('e')
  const exponent = Number(power)
  if (exponent < -3 || exponent > 5) return `${sign}${mantissa} × ${powerOfTen(exponent)}`
  const [whole, fraction] = Number(`${mantissa}e${power}`)
    .toFixed(Math.max(0, digits - 1 - exponent))
    .split('.')
  return sign + group(whole) + (fraction === undefined ? '' : `.${fraction}`)
}

/** `value` in plain characters, for sentences that terminals and files hold: at most `digits` significant digits, or 1.2e5, 3.4e-3. */
export const formatPlain = (value: number, digits = 2): string =>
  value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-2)
    ? value.toExponential(1).replace('e+', 'e')
    : String(Number(value.toPrecision(digits)))

/** A tick of an axis, as short as it can be said: 0.01, 250, 10⁵, 2 × 10⁵. */
export function formatTick(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  const sign = value < 0 ? '−' : ''
  if (size >= 1e-3 && size < 1e5) {
    const [whole, fraction] = String(Number(size.toPrecision(12))).split('.')
    return sign + group(whole) + (fraction === undefined ? '' : `.${fraction}`)
  }
  return formatPower(value)
}

/** A tick as a power of ten: 10³, 2 × 10⁻⁴. */
export function formatPower(value: number): string {
  const [mantissa, power] = Number(Math.abs(value).toPrecision(6)).toExponential().split('e')
  return `${value < 0 ? '−' : ''}${mantissa === '1' ? '' : `${mantissa} × `}${powerOfTen(Number(power))}`
}
