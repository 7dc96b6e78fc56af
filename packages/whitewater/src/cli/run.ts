// From arguments to an exit code: 0 done, 1 failed, 2 asked for wrongly, 130 interrupted.
import { Command } from 'commander'
import { bench } from './commands/bench.ts'
import { decode } from './commands/decode.ts'
import { demo } from './commands/demo.ts'
import { diagnose } from './commands/diagnose.ts'
import { encode } from './commands/encode.ts'
import { evaluate } from './commands/evaluate.ts'
import { exportCommand } from './commands/export.ts'
import { init } from './commands/init.ts'
import { kinds } from './commands/kinds.ts'
import { likelihood } from './commands/likelihood.ts'
import { precondition } from './commands/precondition.ts'
import { reproduce } from './commands/reproduce.ts'
import { sample } from './commands/sample.ts'
import { train } from './commands/train.ts'
import { exitCodeOf, messageOf } from './failure.ts'
import { guardOutput, note } from './output.ts'
import { version } from '../version.ts'

const commands = [
  demo,
  diagnose,
  train,
  encode,
  decode,
  sample,
  evaluate,
  likelihood,
  precondition,
  exportCommand,
  reproduce,
  kinds,
  init,
  bench,
]

/** Applied to every command: errors are thrown to `run`, which prints them. */
function quiet(command: Command): Command {
  command.exitOverride().configureOutput({ outputError: () => undefined })
  command.configureHelp({ showGlobalOptions: true })
  command.commands.forEach(quiet)
  return command
}

export function program(): Command {
  const root = new Command('whitewater')
    .description(
      'Preconditioned flow matching: measure the geometry, whiten it, match the flow, map samples back.',
    )
    .version(version, '-V, --version')
    .option('--json', 'print the result as one JSON document on stdout, everything else on stderr')
    .option('--verbose', 'print the stack of an error')
  for (const command of commands) root.addCommand(command())
  return quiet(root)
}

/** Runs one command line and returns the exit code; never throws. */
export async function run(argv: readonly string[]): Promise<number> {
  guardOutput()
  const root = program()
  if (argv.length === 0) {
    note(root.helpInformation().trimEnd())
    return 2
  }
  try {
    await root.parseAsync(argv, { from: 'user' })
    return typeof process.exitCode === 'number' ? process.exitCode : 0
  } catch (error) {
    const message = messageOf(error)
    if (message !== '') note(`whitewater: ${message}`)
    if (root.opts<{ verbose?: boolean }>().verbose && error instanceof Error) note(stackOf(error))
    return exitCodeOf(error)
  }
}

/** The stack, and those of the errors behind it. */
function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return (error.stack ?? '') + cause
}
