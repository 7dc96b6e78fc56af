// jax-js on its WebAssembly backend: what the networks share. Arrays are reference counted; `.ref` keeps one alive.
import * as jax from '@jax-js/jax'
import { values } from '../../harness/parameters.js'

const { numpy: np, tree } = jax
const beta1 = 0.9
const beta2 = 0.999
const epsilon = 1e-8

await jax.init('wasm')
jax.defaultDevice('wasm')

/** @returns one array, resident in the backend */
export function array(description, seed) {
  return np.array(values(description, seed)).reshape(description.shape)
}

/** Parameters and inputs as the case describes them. */
export function arrays({ parameters, inputs }) {
  return {
    parameters: parameters.map((description, i) => array(description, i)),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, description], i) => [name, array(description, 1000 + i)]),
    ),
  }
}

export const linear = (x, weight, bias) => np.matmul(x, weight).add(bias)

export const meanSquare = (prediction, target) => np.mean(np.square(prediction.sub(target)))

/** Adam (Kingma and Ba 2015) on a list of arrays; consumes its arguments. */
function adam(parameters, gradients, first, second, count, learningRate) {
  const correction1 = np.subtract(1, np.power(beta1, count.ref))
  const correction2 = np.subtract(1, np.power(beta2, count))
  const next = { parameters: [], first: [], second: [] }
  parameters.forEach((parameter, i) => {
    const m = first[i].mul(beta1).add(gradients[i].ref.mul(1 - beta1))
    const v = second[i].mul(beta2).add(np.square(gradients[i]).mul(1 - beta2))
    const rate = m.ref.div(correction1.ref).div(np.sqrt(v.ref.div(correction2.ref)).add(epsilon))
    next.parameters.push(parameter.sub(rate.mul(learningRate)))
    next.first.push(m)
    next.second.push(v)
  })
  correction1.dispose()
  correction2.dispose()
  return next
}

/**
 * One jitted program for forward, backward and Adam.
 * @param {object} benchmark the case
 * @param {(parameters: object[], inputs: object) => object} lossOf consumes its arguments
 */
export function trainer(benchmark, lossOf) {
  const { parameters, inputs } = arrays(benchmark)
  let state = {
    parameters,
    first: parameters.map((p) => np.zerosLike(p.ref)),
    second: parameters.map((p) => np.zerosLike(p.ref)),
    count: np.array(0),
  }
  let loss = np.array(0)
  const update = jax.jit((current, data) => {
    const [value, gradients] = jax.valueAndGrad(lossOf)(tree.ref(current.parameters), data)
    const count = current.count.add(1)
    const next = adam(
      current.parameters,
      gradients,
      current.first,
      current.second,
      count.ref,
      benchmark.learningRate,
    )
    return [{ ...next, count }, value]
  })
  return {
    async step() {
      const [next, value] = update(state, tree.ref(inputs))
      loss.dispose()
      state = next
      loss = value
      await jax.blockUntilReady(state.parameters)
    },
    async check() {
      return loss.ref.item()
    },
    async dispose() {
      tree.dispose(state)
      tree.dispose(inputs)
      loss.dispose()
      update.dispose()
    },
  }
}
