// How a command declares its arguments and options: the key in a table is the name, and the reader gives the type.
import { Argument, Option } from 'commander'
import { typedName } from '../kinds/typed-name.ts'

/** An option with a value; `T` is what the command finds under its name. */
export interface ValueOption<T> {
  /** As help shows it: <n>. */
  readonly value: string
  readonly about: string
  /** -n */
  readonly short?: string
  readonly required?: boolean
  readonly otherwise?: T
  /** The heading of help that it stands under. */
  readonly group?: string
  /** `before` is what the same option said earlier on the command line. */
  read(text: string, before?: T): T
}

/** An option without a value: `--name`, or `--no-name` where the name holds unless told otherwise. */
export interface SwitchOption {
  readonly about: string
  readonly negated: boolean
}

export interface DeclaredArgument<T> {
  readonly about: string
  /** Around its name in help. */
  readonly form: '<>' | '[]' | '[...]'
  read(text: string, before?: T): T
}

export type OptionTable = Readonly<Record<string, ValueOption<unknown> | SwitchOption>>
export type ArgumentTable = Readonly<Record<string, DeclaredArgument<unknown>>>

/** What a command finds for a table of options. */
export type FlagsOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends ValueOption<infer T> ? T : boolean | undefined
}

/** What a command finds for a table of arguments. */
export type ArgumentsOf<Table extends ArgumentTable> = {
  readonly [Name in keyof Table]: Table[Name] extends DeclaredArgument<infer T> ? T : never
}

type Reader<T> = (text: string, before?: T) => T

/** An option that may be left out. */
export const option = <T>(
  value: string,
  about: string,
  read: Reader<T>,
  short?: string,
): ValueOption<T | undefined> => ({ value, about, read, short })

/** An option that must be given. */
export const requiredOption = <T>(
  value: string,
  about: string,
  read: Reader<T>,
  short?: string,
): ValueOption<T> => ({ value, about, read, short, required: true })

/** An option with a value of its own, which help shows. */
export const defaultOption = <T>(
  value: string,
  about: string,
  read: Reader<T>,
  otherwise: T,
): ValueOption<T> => ({ value, about, read, otherwise })

/** `--name`: true where given. */
export const onSwitch = (about: string): SwitchOption => ({ about, negated: false })

/** `--no-name`: false where given, else true. */
export const offSwitch = (about: string): SwitchOption => ({ about, negated: true })

export const argument = (about: string): DeclaredArgument<string> => ({
  about,
  form: '<>',
  read: (text) => text,
})

/** An argument that may be left out. */
export const optionalArgument = <T>(about: string, read: Reader<T>): DeclaredArgument<T | undefined> => ({
  about,
  form: '[]',
  read,
})

/** All arguments from here on. */
export const restArgument = (about: string): DeclaredArgument<readonly string[]> => ({
  about,
  form: '[...]',
  read: (text, before = []) => [...before, text],
})

/** The option as commander has it. */
export function optionNamed(name: string, declared: ValueOption<unknown> | SwitchOption): Option {
  const long = typedName(name)
  if ('negated' in declared)
    return new Option(declared.negated ? long.replace(/^--/, '--no-') : long, declared.about)
  const { value, about, short, required, otherwise, group } = declared
  const made = new Option(`${short === undefined ? '' : `${short}, `}${long} ${value}`, about)
    .argParser((text, before: unknown) => declared.read(text, before))
    .default(otherwise)
    .makeOptionMandatory(required ?? false)
  return group === undefined ? made : made.helpGroup(group)
}

/** The argument as commander has it. */
export function argumentNamed(name: string, declared: DeclaredArgument<unknown>): Argument {
  const { form, about } = declared
  const shown = form === '<>' ? `<${name}>` : form === '[]' ? `[${name}]` : `[${name}...]`
  return new Argument(shown, about).argParser((text, before: unknown) => declared.read(text, before))
}
