// `whitewater bench`: the benchmarks of a checkout, which compare with peers that the package does not carry.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { failureError } from '../../errors.ts'
import { command } from '../command.ts'
import { restArgument } from '../declare.ts'

/** From dist/cli/commands of the package to the checkout's root; the sources stand as deep. */
const script = fileURLToPath(new URL('../../../../../benchmarks/run.js', import.meta.url))

function run(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal === 'SIGINT' ? 130 : (code ?? 1)))
  })
}

export const bench = command({
  name: 'bench',
  about: 'compare speed with peers, in a checkout of the repository; other options go to the benchmarks',
  arguments: { options: restArgument('such as --with-pytorch') },
  passesOptions: true,
  async run({ options }, { json }) {
    if (!existsSync(script)) {
      throw failureError(
        'the benchmarks are part of the source checkout, not of the installed package: clone the repository and run `npm run bench` there',
      )
    }
    process.exitCode = await run([...(json ? ['--json'] : []), ...options])
  },
})
