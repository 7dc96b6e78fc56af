import * as tf from '@tensorflow/tfjs'
import { linear, meanSquare, silu, trainer } from './engine.js'

const embed = (x, [weight0, bias0, weight1, bias1]) => linear(silu(linear(x, weight0, bias0)), weight1, bias1)

function sinusoids(t, count) {
  const half = count / 2
  const frequencies = tf.exp(tf.mul(tf.range(0, half), -Math.log(10_000) / half))
  const angles = tf.mul(tf.mul(t, 1000), frequencies)
  return tf.concat([tf.cos(angles), tf.sin(angles)], 1)
}

// tfjs's wasm convolution is channels-last; parameters keep the case's order, so weights and the outer maps are transposed.
const convolution = (x, weight, bias) =>
  tf.add(tf.conv2d(x, tf.transpose(weight, [2, 3, 1, 0]), 1, 'same'), bias)

export async function create(benchmark) {
  const { hidden, sinusoids: count } = benchmark.network
  return trainer(benchmark, (parameters, { x, t, label, target }) => {
    const embedding = tf.add(
      embed(sinusoids(t, count), parameters.slice(0, 4)),
      embed(label, parameters.slice(4, 8)),
    )
    let map = tf.add(
      convolution(tf.transpose(x, [0, 2, 3, 1]), parameters[8], parameters[9]),
      tf.reshape(embedding, [-1, 1, 1, hidden]),
    )
    for (let i = 10; i < parameters.length; i += 2)
      map = convolution(silu(map), parameters[i], parameters[i + 1])
    return meanSquare(tf.transpose(map, [0, 3, 1, 2]), target)
  })
}
