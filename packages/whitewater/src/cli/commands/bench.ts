// `whitewater bench`: the benchmarks of a checkout, which compare with peers that the package does not carry.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { failureError } from '../../errors.ts'
import { flagsOf } from '../options.ts'

/** From dist/cli/commands of the package to the checkout's root; the sources stand as deep. */
const script = fileURLToPath(new URL('../../../../../benchmarks/run.js', import.meta.url))

function run(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal === 'SIGINT' ? 130 : (code ?? 1)))
  })
}

async function act(_: unknown, command: Command): Promise<void> {
  if (!existsSync(script)) {
    throw failureError(
      'the benchmarks are part of the source checkout, not of the installed package: clone the repository and run `npm run bench` there',
    )
  }
  const { json } = flagsOf(command)
  process.exitCode = await run([...(json ? ['--json'] : []), ...command.args])
}

export const bench = (): Command =>
  new Command('bench')
    .description(
      'compare speed with peers, in a checkout of the repository; other options go to the benchmarks',
    )
    .argument('[options...]', 'such as --with-pytorch')
    .allowUnknownOption()
    .action((_options: string[], flags: unknown, command: Command) => act(flags, command))
