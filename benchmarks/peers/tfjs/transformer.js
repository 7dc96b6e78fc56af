import * as tf from '@tensorflow/tfjs'
import { linear, meanSquare, trainer } from './engine.js'

function normalise(x, gain, bias, epsilon) {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const variance = tf.mean(tf.square(centred), -1, true)
  return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, epsilon))), gain), bias)
}

// The cube as products: tfjs's wasm power costs more.
function gelu(x) {
  const cube = tf.mul(tf.square(x), x)
  const inner = tf.mul(tf.add(x, tf.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI))
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1))
}

function attention(x, [weight, bias, outWeight, outBias], { width, heads }) {
  const [batch, tokens] = x.shape
  const headWidth = width / heads
  const [query, key, value] = tf
    .split(linear(x, weight, bias), 3, -1)
    .map((part) => tf.transpose(tf.reshape(part, [batch, tokens, heads, headWidth]), [0, 2, 1, 3]))
  const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(headWidth))
  const mixed = tf.matMul(tf.softmax(scores, -1), value)
  return linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]), outWeight, outBias)
}

export async function create(benchmark) {
  const { network } = benchmark
  return trainer(benchmark, (p, { x, target }) => {
    const attended = tf.add(x, attention(normalise(x, p[0], p[1], network.epsilon), p.slice(2, 6), network))
    const inner = linear(normalise(attended, p[6], p[7], network.epsilon), p[8], p[9])
    return meanSquare(tf.add(attended, linear(gelu(inner), p[10], p[11])), target)
  })
}
