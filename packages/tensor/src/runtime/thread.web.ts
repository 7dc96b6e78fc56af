// What runs in the Web Worker of worker.web.ts.
import { serve, type Request } from './remote.ts'
import { loadProgram } from './session.ts'

const answer = serve(
  loadProgram,
  (reply, transfer) => globalThis.postMessage(reply, { transfer }),
  () => globalThis.close(),
)
globalThis.onmessage = ({ data }: MessageEvent<Request>) => void answer(data)
