// What an error says to its reader, and the exit code that goes with it.
import { CommanderError } from 'commander'
import { WhitewaterError } from '../errors.ts'
import { reasonOf } from '../data/write.ts'

/** Thrown after Ctrl-C; the message says what was kept and how to go on. */
export class Interrupted extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'Interrupted'
  }
}

const isHelp = ({ code }: CommanderError): boolean =>
  code === 'commander.helpDisplayed' || code === 'commander.version' || code === 'commander.help'

const isSystemError = (error: Error): error is NodeJS.ErrnoException => 'syscall' in error && 'code' in error

const isDefect = (error: Error): boolean =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

/** "error: unknown option '--stepz'\n(Did you mean --steps?)" as one line. */
function commanderMessage(error: CommanderError): string {
  if (isHelp(error)) return error.code === 'commander.help' ? 'no command given; see whitewater --help' : ''
  return error.message
    .replace(/^error: /, '')
    .replace(/ is invalid\. /, ' is invalid: ')
    .replace(/\s*\n\s*\((.*)\)$/, ': $1')
    .replace(/\s*\n\s*/g, ' ')
}

/** One line, empty where nothing is to be said. */
export function messageOf(error: unknown): string {
  if (error instanceof CommanderError) return commanderMessage(error)
  if (!(error instanceof Error)) return String(error)
  if (isSystemError(error)) return `${reasonOf(error)}${error.path ? ` (${error.path})` : ''}`
  const line = error.message.replace(/\s*\n\s*/g, ' ')
  // A mistake of ours, which only its stack explains.
  return isDefect(error) ? `${line} (a defect: --verbose shows where)` : line
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return 130
  if (error instanceof CommanderError) return isHelp(error) && error.code !== 'commander.help' ? 0 : 2
  return error instanceof WhitewaterError && error.kind === 'usage' ? 2 : 1
}
