// The class-conditional generator of the latent MNIST experiment: seven 3x3 convolutions on latents [batch, 4, 4, 4] (N, C, H, W).
// hidden = conv_0(x) + embed(time) + embed(label); then SiLU and the next convolution, six times, none after the last.
// embed(time) = linear(silu(linear(sinusoids(t)))), sinusoids = [cos(a_j), sin(a_j)], a_j = 1000 t exp(-ln(10000) j / 64), j < 64.
import { convolution, linear } from '../harness/parameters.js'

const batch = 1024
const network = { channels: 4, hidden: 256, layers: 7, size: 4, classes: 10, sinusoids: 128 }

export const benchmark = {
  name: 'cnn-256-b1024',
  title: 'Adam step of the class-conditional CNN, 7 layers, 256 channels, batch 1024',
  network,
  parameters: [
    ...linear(network.sinusoids, network.hidden),
    ...linear(network.hidden, network.hidden),
    ...linear(network.classes, network.hidden),
    ...linear(network.hidden, network.hidden),
    ...convolution(network.channels, network.hidden, 3),
    ...Array.from({ length: network.layers - 2 }, () =>
      convolution(network.hidden, network.hidden, 3),
    ).flat(),
    ...convolution(network.hidden, network.channels, 3),
  ],
  inputs: {
    x: { shape: [batch, 4, 4, 4], scale: 1 },
    t: { shape: [batch, 1], scale: 0.5, offset: 0.5 },
    // A dense stand-in of a one-hot label: the arithmetic is the same.
    label: { shape: [batch, 10], scale: 0.5, offset: 0.5 },
    target: { shape: [batch, 4, 4, 4], scale: 1 },
  },
  learningRate: 1e-3,
  stepsPerRun: 1,
  peers: {
    'jax-js': 'peers/jax-js/cnn.js',
    tfjs: 'peers/tfjs/cnn.js',
    pytorch: 'peers/pytorch/cnn.py',
    'pytorch-compile': 'peers/pytorch/cnn.py',
  },
}
