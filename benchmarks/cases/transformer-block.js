// One pre-norm transformer block: x += attention(norm(x)); x += linear(gelu(linear(norm(x)))), GELU in its tanh form.
// The query, key and value projection is one linear layer [width, 3 width], heads inside each third.
import { linear, normalisation } from '../harness/parameters.js'

const network = { width: 256, heads: 4, mlpRatio: 4, epsilon: 1e-5 }
const { width, mlpRatio } = network
const shape = [32, 64, width]

export const benchmark = {
  name: 'transformer-block',
  title: 'Adam step of a pre-norm transformer block, width 256, 4 heads, 64 tokens, batch 32',
  network,
  parameters: [
    ...normalisation(width),
    ...linear(width, 3 * width),
    ...linear(width, width),
    ...normalisation(width),
    ...linear(width, mlpRatio * width),
    ...linear(mlpRatio * width, width),
  ],
  inputs: { x: { shape, scale: 1 }, target: { shape, scale: 1 } },
  learningRate: 1e-3,
  stepsPerRun: 2,
  peers: {
    'jax-js': 'peers/jax-js/transformer.js',
    tfjs: 'peers/tfjs/transformer.js',
    pytorch: 'peers/pytorch/transformer.py',
    'pytorch-compile': 'peers/pytorch/transformer.py',
  },
}
