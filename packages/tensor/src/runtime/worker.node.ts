// The engine in a worker thread, so that the caller's event loop stays alive while programs run.
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { ExitGate } from './exit-gate.node.ts'
import { Remote, type EngineWorker, type Reply } from './remote.ts'

/** The compiled thread, also when these sources run uncompiled: a worker thread can only load JavaScript. */
const threadFile = (): string => createRequire(import.meta.url).resolve('@whitewater/tensor/thread')

/**
 * Starts a worker thread for programs: `compile(spec, { load: (await openWorker()).load })`. An idle worker does not
 * keep the process alive.
 */
export function openWorker(): Promise<EngineWorker> {
  const gate = new ExitGate()
  const atExit = () => gate.close()
  process.once('exit', atExit)
  // The caller's flags are its own: an --eval or a loader would break the thread.
  const worker = new Worker(threadFile(), { execArgv: [], workerData: gate.memory })
  const remote = new Remote(
    (request, transfer) => worker.postMessage(request, transfer),
    (some) => (some ? worker.ref() : worker.unref()),
  )
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.on('message', (reply: Reply) => remote.receive(reply))
  worker.on('error', (error) => remote.end(`the engine's worker failed: ${String(error.message)}`))
  worker.on('exit', () => {
    process.off('exit', atExit)
    remote.end('the engine worker has ended; open another one')
  })
  const close = async (): Promise<void> => {
    await remote.close()
    worker.ref()
    await exited
  }
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('online', () => {
      worker.off('error', reject)
      worker.unref()
      resolve({ load: remote.load, close })
    })
  })
}
