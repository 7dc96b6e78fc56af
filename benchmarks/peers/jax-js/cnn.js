import { lax, nn, numpy as np } from '@jax-js/jax'
import { linear, meanSquare, trainer } from './engine.js'

const embed = (x, [weight0, bias0, weight1, bias1]) =>
  linear(nn.silu(linear(x, weight0, bias0)), weight1, bias1)

function sinusoids(t, count) {
  const half = count / 2
  const frequencies = np.exp(
    np
      .arange(half)
      .astype(np.float32)
      .mul(-Math.log(10_000) / half),
  )
  const angles = t.mul(1000).mul(frequencies)
  return np.concatenate([np.cos(angles.ref), np.sin(angles)], 1)
}

function convolution(x, weight, bias) {
  const y = lax.convGeneralDilated(x, weight, [1, 1], 'SAME')
  return y.add(bias.reshape([1, -1, 1, 1]))
}

export async function create(benchmark) {
  const { hidden, sinusoids: count } = benchmark.network
  return trainer(benchmark, (parameters, { x, t, label, target }) => {
    const embedding = embed(sinusoids(t, count), parameters.slice(0, 4)).add(
      embed(label, parameters.slice(4, 8)),
    )
    let map = convolution(x, parameters[8], parameters[9]).add(embedding.reshape([-1, hidden, 1, 1]))
    for (let i = 10; i < parameters.length; i += 2)
      map = convolution(nn.silu(map), parameters[i], parameters[i + 1])
    return meanSquare(map, target)
  })
}
