// A command is a record: what it takes, and one function from that to an answer. Everything around it is the shell's.
import { Command } from 'commander'
import {
  argumentNamed,
  optionNamed,
  type ArgumentsOf,
  type ArgumentTable,
  type FlagsOf,
  type OptionTable,
} from './declare.ts'
import { Interrupted } from './failure.ts'
import { note, print } from './output.ts'
import { withShell, type Interruption, type Shell } from './shell.ts'

/** Options of the root, which every command takes. */
export interface RootFlags {
  readonly json?: boolean
  readonly verbose?: boolean
}

/** What a command prints. */
export interface Answer {
  /** The document of --json. */
  readonly result: unknown
  /** The same for people. */
  readonly text: string
  /** A line behind it, on stderr. */
  readonly hint?: string
  /** Where the work stopped early and kept what it had: how to go on. */
  readonly interrupted?: string
}

export interface CommandRecord<A extends ArgumentTable, O extends OptionTable> {
  readonly name: string
  readonly about: string
  /** In the order in which they are typed. */
  readonly arguments?: A
  /** In the order of help. */
  readonly options?: O
  /** Whether options that it does not know go to its arguments. */
  readonly passesOptions?: boolean
  readonly interruption?: Interruption
  /** Options that it has only for some values of its first argument, which is then the first of its `arguments`. */
  readonly further?: Further
  /** Nothing is printed where it returns nothing. */
  readonly run: (
    given: ArgumentsOf<A>,
    flags: FlagsOf<O> & RootFlags,
    shell: Shell,
    /** Values of the further options, as they were typed. */
    further: Readonly<Record<string, unknown>>,
  ) => Answer | void | Promise<Answer | void>
}

/** What a value of a command's first argument brings with it. */
export interface Variant {
  readonly name: string
  readonly about: string
  readonly options: OptionTable
  /** Options of other variants, which are read so that the command itself can refuse them. */
  readonly foreign: OptionTable
}

export interface Further {
  /** The one that the arguments name. @throws WhitewaterError (usage) where they name none */
  readonly variant: (args: readonly string[]) => Promise<Variant>
  /** What -h says of itself. */
  readonly help: string
}

/** A command for one command line. */
export type MakeCommand = () => Command

type Nothing = Record<never, never>

async function perform<A extends ArgumentTable, O extends OptionTable>(
  record: CommandRecord<A, O>,
  made: Command,
  values: readonly unknown[],
  further: Readonly<Record<string, unknown>>,
): Promise<void> {
  const names = Object.keys(record.arguments ?? {})
  const given = Object.fromEntries(names.map((name, i) => [name, values[i]])) as ArgumentsOf<A> // read by this table
  const flags = made.optsWithGlobals<FlagsOf<O> & RootFlags>()
  const answer = await withShell(record.interruption, (shell) => record.run(given, flags, shell, further))
  if (!answer) return
  print(answer.result, answer.text, flags)
  if (answer.hint !== undefined) note(answer.hint)
  if (answer.interrupted !== undefined) throw new Interrupted(answer.interrupted)
}

/** Declares a command. */
export function command<A extends ArgumentTable = Nothing, O extends OptionTable = Nothing>(
  record: CommandRecord<A, O>,
): MakeCommand {
  return () => {
    const made = new Command(record.name).description(record.about)
    for (const [name, declared] of Object.entries(record.arguments ?? {}))
      made.addArgument(argumentNamed(name, declared))
    for (const [name, declared] of Object.entries(record.options ?? {}))
      made.addOption(optionNamed(name, declared))
    if (record.further) return withVariants(record, record.further, made)
    return made
      .allowUnknownOption(record.passesOptions ?? false)
      .action(() => perform(record, made, made.processedArgs, {}))
  }
}

/** Hands what is not known before the variant is to a command of the variant. */
function withVariants<A extends ArgumentTable, O extends OptionTable>(
  record: CommandRecord<A, O>,
  { variant, help }: Further,
  made: Command,
): Command {
  return made
    .usage(`[${Object.keys(record.arguments ?? {})[0]}] [options]`)
    .helpOption(false)
    .option('-h, --help', help)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      const wantsHelp = made.opts<{ help?: boolean }>().help === true
      const { args } = made
      if (args.length === 0) return wantsHelp ? made.outputHelp() : perform(record, made, [], {})
      const chosen = await variant(args)
      const own = made
        .command(chosen.name)
        .description(chosen.about)
        .helpOption(false)
        .allowExcessArguments(false)
      for (const [name, declared] of Object.entries(chosen.options))
        own.addOption(optionNamed(name, declared))
      for (const [name, declared] of Object.entries(chosen.foreign))
        own.addOption(optionNamed(name, declared).hideHelp())
      own.action((values: Readonly<Record<string, unknown>>) => perform(record, made, [chosen.name], values))
      if (wantsHelp) return own.outputHelp()
      const rest = args.filter((_, at) => at !== args.indexOf(chosen.name))
      await own.parseAsync(rest, { from: 'user' })
    })
}

/** Declares a command that is several. */
export const commandGroup =
  (name: string, about: string, commands: readonly MakeCommand[]): MakeCommand =>
  () => {
    const made = new Command(name).description(about)
    for (const make of commands) made.addCommand(make())
    return made
  }
