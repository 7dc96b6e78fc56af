// What runs in the worker thread of worker.node.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { serve, type Request } from './remote.ts'
import { ExitGate } from './exit-gate.node.ts'
import { loadProgram } from './session.ts'

const port = parentPort
if (!port) throw new Error('this file is the body of a worker thread: use openWorker()')

const exit = new ExitGate(workerData as SharedArrayBuffer) // what worker.node.ts gives
const answer = serve(
  loadProgram,
  (reply, transfer) => port.postMessage(reply, transfer),
  () => port.close(),
)
port.on('message', (request: Request) => void exit.pass(() => answer(request)))
