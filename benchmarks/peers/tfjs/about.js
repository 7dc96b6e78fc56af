import { getThreadsCount } from '@tensorflow/tfjs-backend-wasm'
import { packageVersion } from '../../harness/package-version.js'
import './engine.js'

export const about = {
  version: packageVersion('@tensorflow/tfjs-backend-wasm'),
  // Without the threaded binary the backend answers -1.
  threads: Math.max(1, getThreadsCount()),
}
