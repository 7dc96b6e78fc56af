// The process at the other end of `processMeasurer`: measures the runs that it is told to, one after the other.
import { WhitewaterError } from '../errors.ts'
import type { Measuring } from './runner/experiment.ts'
import { orderSchema, type Reply } from './runner/grid-messages.ts'
import { experimentNamed } from './registry.ts'

const reply = (message: Reply): void => void process.send?.(message)

async function obey(message: unknown): Promise<void> {
  const { experiment, request, name, threads, folder } = orderSchema.parse(message)
  const wanted = experimentNamed(experiment)
  const measuring: Measuring = {
    engine: { device: 'cpu', threads },
    onProgress: (done, total, what) => reply({ kind: 'progress', done, total, what }),
    ...(folder !== undefined && { folder }),
  }
  const result = await (name === undefined
    ? wanted.prepare?.(request, measuring)
    : wanted.measure(request, name, measuring))
  reply({ kind: 'result', result })
}

process.on('message', (message) => {
  obey(message).catch((error: unknown) => {
    const usage = error instanceof WhitewaterError && error.kind === 'usage'
    reply({ kind: 'error', usage, message: error instanceof Error ? error.message : String(error) })
  })
})
// Ctrl-C reaches every process of the terminal: the runner decides, and ends this one.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
