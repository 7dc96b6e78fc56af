import * as tf from '@tensorflow/tfjs'
import { linear, meanSquare, silu, trainer } from './engine.js'

/** Velocity of points x [n, d] at times t [n, 1]. */
export function velocity(parameters, x, t) {
  let hidden = tf.concat([x, t], 1)
  const layers = parameters.length / 2
  for (let i = 0; i < layers; i++) {
    hidden = linear(hidden, parameters[2 * i], parameters[2 * i + 1])
    if (i < layers - 1) hidden = silu(hidden)
  }
  return hidden
}

export async function create(benchmark) {
  return trainer(benchmark, (parameters, { x, t, target }) => meanSquare(velocity(parameters, x, t), target))
}
