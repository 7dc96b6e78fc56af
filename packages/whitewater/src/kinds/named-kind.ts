// Things chosen by name with options, as a configuration says them: `{ kind: 'vp', betaMax: 10 }`. One table a kind of thing.
import { z } from 'zod'
import { unknownName, usageError, type WhitewaterError } from '../errors.ts'

/** A kind and its options. */
export interface Choice {
  readonly kind: string
  readonly [option: string]: number | string | boolean | readonly number[] | undefined
}

/** What a list of kinds says of one. */
export interface KindText {
  readonly name: string
  /** One line: what it is and when it helps. */
  readonly about: string
  /** Options by name, and what each means. */
  readonly options: Readonly<Record<string, string>>
}

export interface NamedKind<T, Name extends string = string> extends KindText {
  readonly name: Name
  /**
   * @param what what sort of thing it makes, for messages
   * @throws WhitewaterError (usage) for an option that there is not, or a value that does not fit
   */
  readonly make: (options: Readonly<Record<string, unknown>>, what: string) => T
}

export interface NamedKindSpec<T, Shape extends z.ZodRawShape, Name extends string = string> {
  readonly name: Name
  readonly about: string
  /** Every option, optional or with its default, with its meaning as its description. */
  readonly options: Shape
  /** Sees options that are checked. */
  readonly make: (options: z.infer<z.ZodObject<Shape>>) => T
}

function unknownOption(
  what: string,
  kind: string,
  option: string,
  known: readonly string[],
): WhitewaterError {
  return known.length > 0
    ? unknownName(`option of ${kind}`, option, known)
    : usageError(`the ${kind} ${what} takes no options, got ${option}: leave it out`)
}

/** What is wrong with the value of an option. */
function complaint(name: string, option: string, issue: z.core.$ZodIssue, value: unknown): WhitewaterError {
  if (issue.code === 'invalid_value' && typeof value === 'string')
    return unknownName(`${option} of ${name}`, value, issue.values.map(String))
  const expected = issue.message.replace(/^(Invalid input|Too small|Too big): /, '')
  return usageError(`${name}: ${option} is ${JSON.stringify(value)}: ${expected}`)
}

/** The options of a zod shape with their descriptions. */
export const optionTexts = (shape: z.ZodRawShape): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(shape).map(([name, type]) => [name, z.globalRegistry.get(type)?.description ?? '']),
  )

export function namedKind<T, Shape extends z.ZodRawShape, const Name extends string>(
  spec: NamedKindSpec<T, Shape, Name>,
): NamedKind<T, Name> {
  const { name, about, options } = spec
  const known = Object.keys(options)
  const schema = z.object(options)
  return {
    name,
    about,
    options: optionTexts(options),
    make(given, what) {
      const extra = Object.keys(given).find((option) => !known.includes(option))
      if (extra !== undefined) throw unknownOption(what, name, extra, known)
      const parsed = schema.safeParse(given)
      if (parsed.success) return spec.make(parsed.data)
      const [issue] = parsed.error.issues
      const option = String(issue.path[0])
      throw complaint(name, option, issue, given[option])
    },
  }
}

interface Named {
  readonly name: string
}

export const namesOf = (all: readonly Named[]): readonly string[] => all.map(({ name }) => name)

/** What there is to choose from, for lists. */
export const textsOf = (all: readonly KindText[]): readonly KindText[] =>
  all.map(({ name, about, options }) => ({ name, about, options }))

/** The one of that name. @throws WhitewaterError (usage) where there is none */
export function oneNamed<T extends Named>(what: string, all: readonly T[], name: string): T {
  const found = all.find((one) => one.name === name)
  if (!found) throw unknownName(what, name, namesOf(all))
  return found
}

/** What a choice makes. @throws WhitewaterError (usage) for a kind or an option that there is not, or a value that does not fit */
export const madeOf = <T>(what: string, kinds: readonly NamedKind<T>[], { kind, ...options }: Choice): T =>
  oneNamed(what, kinds, kind).make(options, what)
