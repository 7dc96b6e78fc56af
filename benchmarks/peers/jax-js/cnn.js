import { nn, numpy as np } from '@jax-js/jax'
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

/**
 * 3x3 convolution of x [n, size, size, inputs] as the sum of nine products, one per shift. jax-js's own convolution
 * has no fast gradient (a step takes fifty times as long), and one product over all shifts exceeds its 4 GiB.
 */
function convolution(x, weight, bias) {
  const [n, size, , inputs] = x.shape
  const outputs = weight.shape[0]
  const padded = np.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ])
  const shifts = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => [i, j]))
  const taps = np.transpose(weight, [2, 3, 1, 0])
  const products = shifts.map(([i, j]) => {
    const patch = padded.ref.slice([], [i, i + size], [j, j + size]).reshape([n * size * size, inputs])
    return np.matmul(patch, taps.ref.slice(i, j))
  })
  padded.dispose()
  taps.dispose()
  return products.reduce(np.add).add(bias).reshape([n, size, size, outputs])
}

export async function create(benchmark) {
  const { hidden, sinusoids: count } = benchmark.network
  return trainer(benchmark, (parameters, { x, t, label, target }) => {
    const embedding = embed(sinusoids(t, count), parameters.slice(0, 4)).add(
      embed(label, parameters.slice(4, 8)),
    )
    let map = convolution(np.transpose(x, [0, 2, 3, 1]), parameters[8], parameters[9]).add(
      embedding.reshape([-1, 1, 1, hidden]),
    )
    for (let i = 10; i < parameters.length; i += 2)
      map = convolution(nn.silu(map), parameters[i], parameters[i + 1])
    return meanSquare(np.transpose(map, [0, 3, 1, 2]), target)
  })
}
