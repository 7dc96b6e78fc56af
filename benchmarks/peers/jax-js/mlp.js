import { nn, numpy as np } from '@jax-js/jax'
import { linear, meanSquare, trainer } from './engine.js'

/** Velocity of points x [n, d] at times t [n, 1]; consumes its arguments. */
export function velocity(parameters, x, t) {
  let hidden = np.concatenate([x, t], 1)
  const layers = parameters.length / 2
  for (let i = 0; i < layers; i++) {
    hidden = linear(hidden, parameters[2 * i], parameters[2 * i + 1])
    if (i < layers - 1) hidden = nn.silu(hidden)
  }
  return hidden
}

export async function create(benchmark) {
  return trainer(benchmark, (parameters, { x, t, target }) => meanSquare(velocity(parameters, x, t), target))
}
