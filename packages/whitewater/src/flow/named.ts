// Things chosen by name with options, as a configuration says them: `{ kind: 'vp', betaMax: 10 }`. One table a room.
import { z } from 'zod'
import { unknownName, usageError } from '../errors.ts'

/** A kind and its options. */
export interface Choice {
  readonly kind: string
  readonly [option: string]: number | string | boolean | undefined
}

export interface NamedKind<T> {
  readonly name: string
  /** One line: what it is and when it helps. */
  readonly about: string
  /** Options by name, each with its meaning as its description. */
  readonly options: z.ZodRawShape
  readonly make: (options: Readonly<Record<string, unknown>>) => T
}

/** `options` are optional entries of a zod schema; `make` sees them checked. */
export function namedKind<T, Shape extends z.ZodRawShape>(spec: {
  readonly name: string
  readonly about: string
  readonly options: Shape
  readonly make: (options: z.infer<z.ZodObject<Shape>>) => T
}): NamedKind<T> {
  const { name, about, options, make } = spec
  const schema = z.object(options)
  return {
    ...{ name, about, options },
    make(given) {
      const parsed = schema.safeParse(given)
      if (parsed.success) return make(parsed.data)
      const [{ path, message }] = parsed.error.issues
      const option = String(path[0])
      throw usageError(
        `${name}: ${option} is ${JSON.stringify(given[option])}: ${message.replace(/^Invalid input: /, '')}`,
      )
    },
  }
}

/** What a choice makes. @throws WhitewaterError (usage) for a kind or an option that there is not, or a value that does not fit */
export function madeOf<T>(what: string, kinds: readonly NamedKind<T>[], { kind, ...options }: Choice): T {
  const found = kinds.find(({ name }) => name === kind)
  if (!found) throw unknownName(what, kind, namesOf(kinds))
  const known = Object.keys(found.options)
  const extra = Object.keys(options).find((key) => !known.includes(key))
  if (extra === undefined) return found.make(options)
  throw known.length > 0
    ? unknownName(`option of ${kind}`, extra, known)
    : usageError(`the ${kind} ${what} takes no options, got ${extra}: leave it out`)
}

export const namesOf = (kinds: readonly { readonly name: string }[]): readonly string[] =>
  kinds.map(({ name }) => name)
