// The engine in a Web Worker, so that the page stays alive while programs run.
import { Remote, type EngineWorker, type Reply } from './remote.ts'

export function openWorker(): Promise<EngineWorker> {
  // Bundlers recognise this form and bundle the thread with all that it imports.
  const worker = new Worker(new URL('./thread.web.js', import.meta.url), { type: 'module' })
  const remote = new Remote(
    (request, transfer) => worker.postMessage(request, transfer),
    () => undefined,
  )
  worker.onmessage = ({ data }: MessageEvent<Reply>) => remote.receive(data)
  worker.onerror = (event) => remote.end(`the engine's worker failed: ${event.message}`)
  return Promise.resolve({
    load: remote.load,
    close: async () => {
      await remote.close()
      remote.end('the engine worker has ended; open another one')
      worker.terminate()
    },
  })
}
