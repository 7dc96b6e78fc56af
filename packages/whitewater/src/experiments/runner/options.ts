// Options that only some experiments have. Each declares its own in a table; the command line offers them, and a request's are checked
// where it reaches the experiment, in whichever process that is.
import { z } from 'zod'
import { usageError } from '../../errors.ts'
import { typedName } from '../../kinds/typed-name.ts'

export interface Option<T> {
  /** One line: what it decides. */
  readonly about: string
  /** What stands for its value in help: 'n', 'folder'. */
  readonly placeholder: string
  /** Reads what is typed, and takes what it has read as it is. Its message says what was expected. */
  readonly schema: z.ZodType<T>
}

/** Options by name; all may be left out. */
export type OptionTable<O> = { readonly [K in keyof O]: Option<O[K]> }

/** Values of the options of a table, as an experiment gets them. */
export type OptionsOf<T> = { readonly [K in keyof T]?: T[K] extends Option<infer V> ? V : never }

/** As a person or a file gives them. */
export type GivenOptions = Readonly<Record<string, unknown>>

/** One of a set of names. */
export const nameOption = <T extends string>(names: readonly T[], about: string): Option<T> => ({
  about: `${about}: ${names.join(', ')}`,
  placeholder: 'name',
  schema: z.enum(names, { error: names.join(', ') }),
})

/** A whole number of at least `least`. */
export function wholeOption(least: number, about: string): Option<number> {
  const error = `a whole number of at least ${least}`
  const read = (given: unknown) => (typeof given === 'string' && given.trim() !== '' ? Number(given) : given)
  return { about, placeholder: 'n', schema: z.preprocess(read, z.int({ error }).min(least, { error })) }
}

/** Names separated by commas. */
export const namesOption = (about: string): Option<readonly string[]> => ({
  about,
  placeholder: 'names',
  schema: z.preprocess(
    (given) => (typeof given === 'string' ? given.split(',') : given),
    z.array(z.string(), { error: 'names separated by commas' }),
  ),
})

export const folderOption = (about: string): Option<string> => ({
  about,
  placeholder: 'folder',
  schema: z.string({ error: 'a folder' }),
})

function strayOption(name: string, option: string, known: readonly string[]) {
  const taken =
    known.length === 0
      ? 'leave it out, it has no options of its own'
      : `options of its own are ${known.map(typedName).join(', ')}`
  return usageError(`${name} takes no ${typedName(option)}: ${taken}`)
}

/**
 * The options of a request, read and checked.
 * @param name of the experiment
 * @throws WhitewaterError (usage) for an option that it does not have, or a value that does not fit
 */
export function checkedOptions<O>(name: string, table: OptionTable<O>, given: GivenOptions): Partial<O> {
  const stray = Object.keys(given).find(
    (option) => given[option] !== undefined && !Object.hasOwn(table, option),
  )
  if (stray !== undefined) throw strayOption(name, stray, Object.keys(table))
  const values: Partial<O> = {}
  for (const option in table) {
    const value = given[option]
    if (value === undefined) continue
    const parsed = table[option].schema.safeParse(value)
    if (!parsed.success)
      throw usageError(
        `${typedName(option)} is ${typeof value === 'string' ? value : JSON.stringify(value)}, expected ${parsed.error.issues[0].message}`,
      )
    values[option] = parsed.data
  }
  return values
}
