import { nn, numpy as np } from '@jax-js/jax'
import { linear, meanSquare, trainer } from './engine.js'

function normalise(x, gain, bias, epsilon) {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }))
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true })
  return centred
    .div(np.sqrt(variance.add(epsilon)))
    .mul(gain)
    .add(bias)
}

function attention(x, [weight, bias, outWeight, outBias], { width, heads }) {
  const [batch, tokens] = x.shape
  const headWidth = width / heads
  const [query, key, value] = np
    .split(linear(x, weight, bias), 3, -1)
    .map((part) => np.transpose(part.reshape([batch, tokens, heads, headWidth]), [0, 2, 1, 3]))
  const scores = np.matmul(query, np.swapaxes(key, -1, -2)).mul(1 / Math.sqrt(headWidth))
  const mixed = np.matmul(nn.softmax(scores, -1), value)
  return linear(np.transpose(mixed, [0, 2, 1, 3]).reshape([batch, tokens, width]), outWeight, outBias)
}

export async function create(benchmark) {
  const { network } = benchmark
  return trainer(benchmark, (p, { x, target }) => {
    const attended = x.ref.add(attention(normalise(x, p[0], p[1], network.epsilon), p.slice(2, 6), network))
    const inner = linear(normalise(attended.ref, p[6], p[7], network.epsilon), p[8], p[9])
    return meanSquare(attended.add(linear(nn.gelu(inner, { approximate: true }), p[10], p[11])), target)
  })
}
