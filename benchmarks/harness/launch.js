// Starts one child process for one case and one participant, and reads back its one JSON line.
import { spawn } from 'node:child_process'
import { clearTimeout, setTimeout } from 'node:timers'
import { fileURLToPath } from 'node:url'
import { participants } from './peers.js'

const file = (path) => fileURLToPath(new URL(path, import.meta.url))

/**
 * @param {{ benchmark: object, peer: string, threads?: number, protocol: object }} job
 * @param {{ python?: string, timeout: number }} options `python` runs the Python peers; timeout in seconds
 * @returns {Promise<object>} the child's line, or { unavailable: reason }
 */
export function launch(job, { python, timeout }) {
  const isPython = participants[job.peer].runtime === 'python'
  const [command, script] = isPython
    ? [python, file('../peers/pytorch/child.py')]
    : [process.execPath, file('child.js')]
  return new Promise((resolve) => {
    const child = spawn(command, [script], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    const output = { stdout: '', stderr: '' }
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeout * 1000)
    child.stdout.on('data', (text) => (output.stdout += text))
    child.stderr.on('data', (text) => (output.stderr += text))
    child.on('error', (error) => resolve({ unavailable: error.message }))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve(late ? { unavailable: `no result within ${timeout} s` } : parse(output, code ?? signal))
    })
    // A child that dies before it reads its job reports through 'close'.
    child.stdin.on('error', () => {})
    child.stdin.end(JSON.stringify(job))
  })
}

/** The last line that is JSON: some peers greet on stdout. */
function parse({ stdout, stderr }, exit) {
  for (const line of stdout.trimEnd().split('\n').reverse()) {
    try {
      return JSON.parse(line)
    } catch {
      // A peer's own chatter.
    }
  }
  const reason = stderr.trimEnd().split('\n').at(-1)
  return { unavailable: `child process ended with ${exit}${reason ? `: ${reason}` : ''}` }
}
