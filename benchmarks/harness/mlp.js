// The flow-matching MLP [x, t] -> width -> ... -> x, shared by the MLP training and sampling cases.
import { linear } from './parameters.js'

/**
 * @param {{ dimension: number, width: number, hiddenLayers: number }} network
 * @returns {import('./parameters.js').TensorDescription[]} weight, bias, weight, bias, ... from input to output
 */
export function mlpParameters({ dimension, width, hiddenLayers }) {
  const widths = [dimension + 1, ...Array.from({ length: hiddenLayers }, () => width), dimension]
  return widths.slice(1).flatMap((outputs, i) => linear(widths[i], outputs))
}

/** The case of one Adam step of such an MLP: forward, backward, update. */
export function mlpStep({ name, width, batch, stepsPerRun }) {
  const network = { dimension: 2, width, hiddenLayers: 3, activation: 'silu' }
  return {
    name,
    title: `Adam step of a flow-matching MLP, 3 x ${width}, batch ${batch}`,
    network,
    parameters: mlpParameters(network),
    inputs: {
      x: { shape: [batch, 2], scale: 1 },
      t: { shape: [batch, 1], scale: 0.5, offset: 0.5 },
      target: { shape: [batch, 2], scale: 1 },
    },
    learningRate: 1e-3,
    stepsPerRun,
    peers: {
      'jax-js': 'peers/jax-js/mlp.js',
      tfjs: 'peers/tfjs/mlp.js',
      pytorch: 'peers/pytorch/mlp.py',
      'pytorch-compile': 'peers/pytorch/mlp.py',
    },
  }
}
