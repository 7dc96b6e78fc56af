// Runs the built command as users do: a process in a folder, through files.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = new URL('../../../', import.meta.url)

/** The script behind `whitewater`. */
export const script = fileURLToPath(new URL('bin/whitewater.js', home))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcess
  readonly done: Promise<Finished>
}

/** Starts any program in a folder. */
export function start(cwd: string, program: string, args: readonly string[]): Started {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => (text[name] += part))
  }
  const done = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...text }))
  })
  return { process: child, done }
}

export interface Place {
  /** A fresh folder that commands run in. */
  readonly folder: string
  path(...parts: string[]): string
  start(...args: string[]): Started
  /** Runs `whitewater` to its end. */
  run(...args: string[]): Promise<Finished>
  /** As `run`; throws unless it succeeds; the document that `--json` prints. */
  json(...args: string[]): Promise<unknown>
  remove(): Promise<void>
}

/** @throws Error when the command is not built */
export async function place(): Promise<Place> {
  if (!existsSync(new URL('dist/cli/main.js', home))) {
    throw new Error('the command is not built: run `npm run setup` before its tests')
  }
  const folder = await mkdtemp(join(tmpdir(), 'whitewater-cli-'))
  const begin = (...args: string[]): Started => start(folder, process.execPath, [script, ...args])
  const run = (...args: string[]): Promise<Finished> => begin(...args).done
  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    start: begin,
    run,
    async json(...args) {
      const { code, stdout, stderr } = await run(...args, '--json')
      if (code !== 0) throw new Error(`whitewater ${args.join(' ')} ended with ${code}: ${stderr}`)
      const result: unknown = JSON.parse(stdout)
      return result
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A small run that trains in a fraction of a second. */
export const tiny = '--field mlp --width 16 --depth 2 --batch 32 --samples 400 --threads 1 --no-report'.split(
  ' ',
)
