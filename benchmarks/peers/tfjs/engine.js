// TensorFlow.js on its WebAssembly backend (SIMD; the package itself turns threads off under Node): what the networks share.
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'
import { values } from '../../harness/parameters.js'

await tf.setBackend('wasm')
await tf.ready()

/** Parameters as variables and inputs as tensors, as the case describes them. */
export function tensors({ parameters, inputs }) {
  return {
    parameters: parameters.map((description, i) =>
      tf.variable(tf.tensor(values(description, i), description.shape), true, `parameter${i}`),
    ),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, description], i) => [
        name,
        tf.tensor(values(description, 1000 + i), description.shape),
      ]),
    ),
  }
}

export const silu = (x) => tf.mul(x, tf.sigmoid(x))

/** x [..., inputs] times weight [inputs, outputs], plus bias. */
export function linear(x, weight, bias) {
  const flat = tf.reshape(x, [-1, weight.shape[0]])
  const y = tf.add(tf.matMul(flat, weight), bias)
  return tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[1]])
}

export const meanSquare = (prediction, target) => tf.mean(tf.squaredDifference(prediction, target))

/**
 * Eager forward and backward, then tfjs's own Adam.
 * @param {object} benchmark the case
 * @param {(parameters: object[], inputs: object) => object} lossOf
 */
export function trainer(benchmark, lossOf) {
  const { parameters, inputs } = tensors(benchmark)
  const optimizer = tf.train.adam(benchmark.learningRate, 0.9, 0.999, 1e-8)
  let loss = tf.scalar(0)
  return {
    async step() {
      const value = optimizer.minimize(() => lossOf(parameters, inputs), true, parameters)
      loss.dispose()
      loss = value
    },
    async check() {
      return (await loss.data())[0]
    },
    async dispose() {
      optimizer.dispose()
      tf.dispose([parameters, inputs, loss])
    },
  }
}
