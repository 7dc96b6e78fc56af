// The conditional RealNVP preconditioner of the latent MNIST experiment: 8 affine couplings on 64 features, 10 classes, width 256.
// Coupling i scales and shifts the features of one parity, given those of the other and the label:
//   raw, t = output(silu(layer_1(silu(layer_0(reach tanh(x_a / reach)) + hidden(e))))) + scale_shift(e),
//   e = silu(embed(one-hot label));
//   y_b = x_b exp(s) + t, s = clamp tanh(raw / clamp) + gain.
// The loss is maximum likelihood: mean over samples of (|y|^2 / 2 - sum s) / 64 + ln(2 pi) / 2.
import { linear } from './parameters.js'

export const network = { dimension: 64, classes: 10, couplings: 8, width: 256, clamp: 2, reach: 10 }

function coupling({ dimension, classes, width }) {
  const half = dimension / 2
  const embedded = width / 2
  const hidden = linear(embedded, width)[0]
  const scaleShift = linear(embedded, dimension)[0]
  return [
    { shape: [half], scale: 0.1 },
    ...linear(classes, embedded),
    hidden,
    scaleShift,
    ...linear(half, width),
    ...linear(width, width),
    ...linear(width, dimension),
  ]
}

/** The case of one maximum-likelihood Adam step. */
export const realNvpStep = (batch) => ({
  name: `realnvp-64-b${batch}`,
  title: `Adam step of a conditional RealNVP, 8 couplings of width 256 on 64 features, batch ${batch}`,
  network,
  parameters: Array.from({ length: network.couplings }, () => coupling(network)).flat(),
  inputs: {
    x: { shape: [batch, network.dimension], scale: 1.7 },
    // The class is the integer part.
    label: { shape: [batch], scale: 4.999, offset: 5 },
  },
  learningRate: 1e-3,
  stepsPerRun: Math.max(1, Math.round(5120 / batch)),
  peers: { pytorch: 'peers/pytorch/realnvp.py', 'pytorch-compile': 'peers/pytorch/realnvp.py' },
})
