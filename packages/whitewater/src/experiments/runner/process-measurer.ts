// Measures runs in a process of its own, so that several cores work and a crash of one run is not the end of the rest.
import { fork } from 'node:child_process'
import { WhitewaterError } from '../../errors.ts'
import type { Asked, Experiment, Measuring } from './experiment.ts'
import type { Measurer, Preparer } from './grid.ts'
import { replySchema, type Order } from './grid-messages.ts'

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly onProgress: Measuring['onProgress']
}

/** @param threads of the engine; all cores unless given */
export function processMeasurer(
  experiment: Experiment,
  request: Asked,
  threads?: number,
): Measurer & Preparer {
  const child = fork(new URL('../grid-process.js', import.meta.url), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let waiting: Waiting | undefined
  let complaint = ''
  const settle = (use: (waiting: Waiting) => void): void => {
    const current = waiting
    waiting = undefined
    if (current) use(current)
  }
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-2000)))
  child.on('message', (message) => {
    const reply = replySchema.parse(message)
    if (reply.kind === 'progress') return waiting?.onProgress(reply.done, reply.total, reply.what)
    if (reply.kind === 'result') return settle(({ resolve }) => resolve(reply.result))
    settle(({ reject }) => reject(new WhitewaterError(reply.usage ? 'usage' : 'failure', reply.message)))
  })
  const ended = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      const why = complaint.trim().split('\n').at(-1) ?? ''
      settle(({ reject }) =>
        reject(new Error(`its process ended (${signal ?? `code ${code}`}) ${why}`.trim())),
      )
      resolve()
    })
  })
  const order = (
    what: Pick<Order, 'name' | 'folder'>,
    onProgress: Measuring['onProgress'],
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject, onProgress }
      child.send({ experiment: experiment.name, request, threads, ...what } satisfies Order)
    })
  return {
    measure: (name, onProgress, folder) => order({ name, folder }, onProgress),
    prepare: (onProgress) => order({}, onProgress),
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
