// Who takes part: which runtime a peer's child process uses. Variants are thread counts; the fastest variant counts.
import { availableParallelism } from 'node:os'

// A WebAssembly or Node peer takes the threads its package gives it.
const javascript = { runtime: 'node', threads: [undefined] }
const python = { runtime: 'python', threads: [...new Set([1, availableParallelism()])] }

export const participants = {
  whitewater: javascript,
  'jax-js': javascript,
  tfjs: javascript,
  pytorch: python,
  'pytorch-compile': python,
  torchcfm: python,
  'torchcfm-vectorised': python,
  'flow-matching': python,
}
