// What the runner must know about jax-js before it measures memory.
import { packageVersion } from '../../harness/package-version.js'
import './engine.js'

export const about = {
  version: packageVersion('@jax-js/jax'),
  // Its worker pool needs the global Worker of browsers, which Node lacks.
  threads: typeof Worker === 'undefined' ? 1 : undefined,
}
