// Heun's method from t = 0 to 1: k1 = v(x, t), k2 = v(x + h k1, t + h), x += h (k1 + k2) / 2; two evaluations a step.
import { mlpParameters } from '../harness/mlp.js'

const network = { dimension: 2, width: 256, hiddenLayers: 3, activation: 'silu' }

export const benchmark = {
  name: 'sample-mlp-3x256-heun50',
  title: '10,000 samples from an MLP, 3 x 256, by 50 Heun steps (100 evaluations)',
  network,
  parameters: mlpParameters(network),
  inputs: { x: { shape: [10_000, 2], scale: 1 } },
  solverSteps: 50,
  stepsPerRun: 1,
  peers: {
    'jax-js': 'peers/jax-js/sample.js',
    tfjs: 'peers/tfjs/sample.js',
    pytorch: 'peers/pytorch/sample.py',
    'pytorch-compile': 'peers/pytorch/sample.py',
  },
}
