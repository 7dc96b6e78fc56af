import { blockUntilReady, jit, numpy as np, tree } from '@jax-js/jax'
import { arrays } from './engine.js'
import { velocity } from './mlp.js'

export async function create(benchmark) {
  const { parameters, inputs } = arrays(benchmark)
  const count = benchmark.inputs.x.shape[0]
  const h = 1 / benchmark.solverSteps
  // The step is one program and t an argument, so that it is compiled once.
  const heun = jit((weights, x, t) => {
    const at = (time) => np.broadcastTo(time, [count, 1])
    const k1 = velocity(tree.ref(weights), x.ref, at(t.ref))
    const k2 = velocity(weights, x.ref.add(k1.ref.mul(h)), at(t.add(h)))
    return x.add(k1.add(k2).mul(h / 2))
  })
  let samples = np.array(0)
  return {
    async step() {
      let x = inputs.x.ref
      for (let i = 0; i < benchmark.solverSteps; i++) {
        x = heun(tree.ref(parameters), x, np.array(i * h))
        // Unforced, the steps would queue up with all their intermediate arrays and exceed WebAssembly's 4 GiB.
        await blockUntilReady(x)
      }
      samples.dispose()
      samples = x
    },
    async check() {
      return np.mean(np.square(samples.ref)).item()
    },
    async dispose() {
      tree.dispose(parameters)
      tree.dispose(inputs)
      samples.dispose()
      heun.dispose()
    },
  }
}
