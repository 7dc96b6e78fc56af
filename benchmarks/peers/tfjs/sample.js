import * as tf from '@tensorflow/tfjs'
import { tensors } from './engine.js'
import { velocity } from './mlp.js'

export async function create(benchmark) {
  const { parameters, inputs } = tensors(benchmark)
  const count = benchmark.inputs.x.shape[0]
  const h = 1 / benchmark.solverSteps
  const at = (time) => tf.fill([count, 1], time)
  const heun = (x, t) =>
    tf.tidy(() => {
      const k1 = velocity(parameters, x, at(t))
      const k2 = velocity(parameters, tf.add(x, tf.mul(k1, h)), at(t + h))
      return tf.add(x, tf.mul(tf.add(k1, k2), h / 2))
    })
  let samples = tf.scalar(0)
  return {
    async step() {
      let x = tf.clone(inputs.x)
      for (let i = 0; i < benchmark.solverSteps; i++) {
        const next = heun(x, i * h)
        x.dispose()
        x = next
      }
      samples.dispose()
      samples = x
    },
    async check() {
      return tf.tidy(() => tf.mean(tf.square(samples)).dataSync()[0])
    },
    async dispose() {
      tf.dispose([parameters, inputs, samples])
    },
  }
}
