// How the values of options and arguments are read.
import { InvalidArgumentError } from 'commander'
import { unknownName } from '../errors.ts'

export const text = (typed: string): string => typed

/** Reads a whole number of at least `least`. */
export const whole =
  (least: number) =>
  (typed: string): number => {
    const value = Number(typed)
    if (typed.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`expected a whole number of at least ${least}`)
  }

/** Reads a number of at least `least`, or above it where `open`. */
export const number =
  (least = -Infinity, { open = false } = {}) =>
  (typed: string): number => {
    const value = Number(typed)
    if (typed.trim() !== '' && Number.isFinite(value) && (open ? value > least : value >= least)) return value
    const bound = least === -Infinity ? '' : ` ${open ? 'above' : 'of at least'} ${least}`
    throw new InvalidArgumentError(`expected a number${bound}`)
  }

/** Reads several separated by commas. */
export const listOf =
  <T>(each: (typed: string) => T) =>
  (typed: string): T[] =>
    typed.split(',').map(each)

/** Reads one of a set of names. */
export const oneOf =
  <T extends string>(what: string, known: readonly T[]) =>
  (typed: string): T => {
    const found = known.find((name) => name === typed)
    if (found === undefined) throw unknownName(what, typed, known)
    return found
  }

/** Collects the texts of an option that is given several times. */
export const collect = (typed: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  typed,
]

export const indexOrName = (typed: string): string | number => (/^\d+$/.test(typed) ? Number(typed) : typed)

/** Channels of an image: 1 grey, 3 colour. */
export function channelCount(typed: string): 1 | 3 {
  if (typed === '1') return 1
  if (typed === '3') return 3
  throw new InvalidArgumentError('expected 1 or 3')
}
