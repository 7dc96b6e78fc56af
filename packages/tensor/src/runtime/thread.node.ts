// What runs in the worker thread of worker.node.ts.
import { parentPort } from 'node:worker_threads'
import { serve, type Request } from './remote.ts'
import { loadProgram } from './session.ts'

const port = parentPort
if (!port) throw new Error('this file is the body of a worker thread: use openWorker()')

const answer = serve(
  loadProgram,
  (reply, transfer) => port.postMessage(reply, transfer),
  () => port.close(),
)
port.on('message', (request: Request) => void answer(request))
